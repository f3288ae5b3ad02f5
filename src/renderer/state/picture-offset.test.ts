import { expect, it } from 'vitest'
import { counter, makeDocument } from '../../test/document'
import { setSuggestions } from '../edits/sync-marks'
import { Notices } from './notices.svelte'
import { matchOwnSound } from './picture-offset'
import { ProjectState } from './project.svelte'
import { opened } from './testing'

const hits = [0.4, 1.1, 1.9, 2.3, 3.2, 3.7, 4.6, 5.5, 6.1, 7.4]

/** A project of the hits as suggestions, and what it is told. */
function suggested(): { project: ProjectState; notices: Notices } {
  const project = new ProjectState(opened(makeDocument()))
  const suggestions = hits.map((timeSec) => ({ timeSec, probability: 0.9, loudnessDb: -10 }))
  project.edit((draft) => setSuggestions(draft, suggestions, counter('s')), { label: 'Suggest sync points' })
  return { project, notices: new Notices() }
}

it('takes the offset from the film’s own sound, in one step that is undone, and takes it once', () => {
  const { project, notices } = suggested()
  const heard = hits.map((time) => time + 0.03)
  matchOwnSound(project, notices, heard, null)
  expect(project.document.pictureOffsetSamples).toBe(0.03 * 48_000)
  expect(project.document.syncMarks[0]!.sample).toBe(0.43 * 48_000)
  const { step } = project
  matchOwnSound(project, notices, heard, null)
  expect(project.step).toBe(step)
  expect(notices.list.map(({ message }) => message).join()).toContain('already')
  project.undo()
  expect(project.document.pictureOffsetSamples).toBe(0)
})

it('changes nothing where the sound does not tell, and says what to do', () => {
  const { project, notices } = suggested()
  const { step } = project
  matchOwnSound(project, notices, [0.7, 2.9, 5.1], null)
  expect(project.step).toBe(step)
  expect(notices.list).toMatchObject([{ tone: 'info', action: expect.stringContaining('Type the offset') as string }])
})
