import type { GenerateJob } from '@shared/ipc'
import type { Take } from '@shared/project'
import { produce } from 'immer'
import { describe, expect, it } from 'vitest'
import { at, counter, makeDocument, makeTake, SETTINGS } from '../../test/document'
import { placeTakes } from '../edits/regions'
import { addSyncMark } from '../edits/sync-marks'
import { removeTrack } from '../edits/tracks'
import { Dragging } from './dragging'
import { targetOf, type Target } from './generation'
import { Generations } from './generations.svelte'
import { JobsState } from './jobs.svelte'
import { Notices } from './notices.svelte'
import { ProjectState } from './project.svelte'
import { asking, opened } from './testing'

/** Regions of one second side by side, "a" and "b". */
function bench() {
  const newId = counter()
  const document = produce(makeDocument(), (draft) => {
    for (const [index, id] of ['a', 'b'].entries()) {
      const range = { fromSample: at(index), toSample: at(index + 1) }
      const takes = [makeTake(id, index, index + 1)]
      placeTakes(draft, { trackId: 't', ...range, takes, settings: SETTINGS }, newId)
    }
  })
  const project = new ProjectState(opened(document))
  let open: ProjectState | null = project
  const sent: GenerateJob[] = []
  const answers: (() => void)[] = []
  const { ask } = asking({
    'job:generate': (job) => {
      sent.push(job)
      return new Promise((resolve) => answers.push(() => resolve({ takes: job.seeds.map((seed) => drawn(job, seed)) })))
    },
    'job:cancel': () => Promise.resolve(null)
  })
  const [jobs, notices] = [new JobsState(ask), new Notices()]
  const settled = (): Promise<void> => Promise.resolve()
  const [dragging, pointer] = [new Dragging(), new EventTarget()]
  dragging.listen(pointer)
  const released = (): Promise<void> => dragging.over()
  const generations = new Generations({ ask, jobs, notices, project: () => open, settled, released })
  const targetAt = (index: number): Target => {
    const track = project.document.tracks[0]!
    return targetOf(project.document, { kind: 'region', trackId: 't', regionId: track.regions[index]!.id }, track)!
  }
  const answer = async (count: number): Promise<void> => {
    await expect.poll(() => answers.length).toBe(count)
    answers[count - 1]!()
  }
  const drag = (): void => void pointer.dispatchEvent(new Event('gotpointercapture'))
  const release = (): void => void pointer.dispatchEvent(new Event('lostpointercapture'))
  return { project, generations, jobs, notices, sent, targetAt, answer, drag, release, leave: () => (open = null) }
}

/** Its one attack is as many tenths of a second into the range as its seed says. */
const drawn = ({ fromSample, toSample, firstNumber }: GenerateJob, seed: number): Take => ({
  ...makeTake(`drawn-${seed}`, fromSample / 48_000, toSample / 48_000, [fromSample / 48_000 + seed / 10]),
  name: `Take ${firstNumber}`
})

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

describe('Generations', () => {
  it('of several takes plays the one that agrees best with the sync points', async () => {
    const { project, generations, targetAt, answer } = bench()
    project.edit((draft) => void addSyncMark(draft, at(0.21), () => 's'), { label: 'Add sync point' })
    const added = generations.add(project, targetAt(0), [1, 2, 3])
    await answer(1)
    await added
    expect(project.document.tracks[0]!.regions[0]).toMatchObject({
      takeIds: ['a', 'drawn-1', 'drawn-2', 'drawn-3'],
      takeId: 'drawn-2'
    })
  })

  it('draws the second of two neighbours beside what the first became, not beside what it replaced', async () => {
    const { project, generations, jobs, sent, targetAt, answer } = bench()
    const both = [generations.add(project, targetAt(0), [1]), generations.add(project, targetAt(1), [2])]
    expect(jobs.list.map(({ state }) => state)).toEqual(['queued', 'queued'])
    await answer(1)
    await answer(2)
    await Promise.all(both)
    expect(sent[0]!.context.map(({ takeId }) => takeId)).toEqual(['b'])
    expect(sent[1]!.context.map(({ takeId }) => takeId)).toEqual(['drawn-1'])
    expect(project.document.tracks[0]!.regions.map(({ takeId }) => takeId)).toEqual(['drawn-1', 'drawn-2'])
    expect(Object.values(project.document.takes).map(({ name }) => name)).toEqual([
      'Take a',
      'Take b',
      'Take 3',
      'Take 4'
    ])
    expect(jobs.list).toEqual([])
  })

  it('draws a region that waited where it has come to', async () => {
    const { project, generations, sent, targetAt, answer } = bench()
    const both = [generations.add(project, targetAt(0), [1]), generations.add(project, targetAt(1), [2])]
    project.edit((draft) => void (draft.tracks[0]!.regions[1]!.fromSample += 4800), { label: 'Trim' })
    await answer(1)
    await answer(2)
    await Promise.all(both)
    expect(sent[1]).toMatchObject({ fromSample: at(1.1), toSample: at(2) })
  })

  it('adds to a region that was trimmed while it was drawn: its edges and its earlier takes stay', async () => {
    const { project, generations, sent, targetAt, answer } = bench()
    const done = generations.add(project, targetAt(1), [1])
    await expect.poll(() => sent.length).toBe(1)
    project.edit((draft) => void (draft.tracks[0]!.regions[1]!.fromSample += 4800), { label: 'Trim' })
    await answer(1)
    await done
    expect(project.document.tracks[0]!.regions).toMatchObject([
      { takeIds: ['a'] },
      { fromSample: at(1.1), toSample: at(2), takeIds: ['b', 'drawn-1'], takeId: 'drawn-1' }
    ])
  })

  it('puts a take in when a drag is over, which stays one step: undo takes back the take, then the drag', async () => {
    const { project, generations, jobs, sent, targetAt, answer, drag, release } = bench()
    const region = (): unknown => project.document.tracks[0]!.regions[1]
    const trim = (): void =>
      project.edit((draft) => void (draft.tracks[0]!.regions[1]!.fromSample += 2400), { label: 'Trim', gesture: 'g' })
    const done = generations.add(project, targetAt(1), [1])
    await expect.poll(() => sent.length).toBe(1)
    drag()
    trim()
    await answer(1)
    await nextTask()
    expect(region()).toMatchObject({ takeIds: ['b'] })
    // Nobody may leave or clean up meanwhile without being told.
    expect(jobs.list).toHaveLength(1)
    trim()
    release()
    await done
    expect(region()).toMatchObject({ fromSample: at(1.1), takeIds: ['b', 'drawn-1'] })
    expect(project.undo()).toBe('Regenerate')
    expect(region()).toMatchObject({ fromSample: at(1.1), takeIds: ['b'] })
    expect(project.undo()).toBe('Trim')
    expect(region()).toMatchObject({ fromSample: at(1), takeIds: ['b'] })
  })

  it('puts nothing in that is cancelled while something is dragged', async () => {
    const { project, generations, jobs, targetAt, answer, drag, release } = bench()
    const { document } = project
    const done = generations.add(project, targetAt(1), [1])
    drag()
    await answer(1)
    await nextTask()
    jobs.cancel(jobs.list[0]!.jobId)
    release()
    await done
    expect(project.document).toBe(document)
  })

  it('never begins what was cancelled while it waited', async () => {
    const { project, generations, jobs, sent, targetAt, answer } = bench()
    const both = [generations.add(project, targetAt(0), [1]), generations.add(project, targetAt(1), [2])]
    jobs.cancel(jobs.list[1]!.jobId)
    expect(jobs.list).toHaveLength(1)
    await answer(1)
    await Promise.all(both)
    expect(sent).toHaveLength(1)
  })

  it('says so when the track is gone by then', async () => {
    const { project, generations, notices, sent, targetAt, answer } = bench()
    const both = [generations.add(project, targetAt(0), [1]), generations.add(project, targetAt(1), [2])]
    project.edit((draft) => removeTrack(draft, 't'), { label: 'Remove track' })
    await answer(1).catch(() => undefined)
    await Promise.all(both)
    expect(sent.length).toBeLessThan(2)
    expect(notices.list.map(({ message }) => message)).toEqual([expect.stringContaining('Nothing was drawn')])
  })

  it('puts nothing in the place of a region that was deleted while it was drawn, and says so', async () => {
    const { project, generations, notices, sent, targetAt, answer } = bench()
    const done = generations.add(project, targetAt(1), [1])
    await expect.poll(() => sent.length).toBe(1)
    project.edit((draft) => void draft.tracks[0]!.regions.pop(), { label: 'Delete region' })
    const { document } = project
    await answer(1)
    await done
    expect(project.document).toBe(document)
    expect(notices.list.map(({ message }) => message)).toEqual([expect.stringContaining('Nothing was drawn')])
  })

  it('begins nothing more in a project that was left', async () => {
    const { project, generations, jobs, notices, sent, targetAt, answer, leave } = bench()
    const both = [generations.add(project, targetAt(0), [1]), generations.add(project, targetAt(1), [2])]
    const { document } = project
    await expect.poll(() => sent.length).toBe(1)
    leave()
    await answer(1)
    await Promise.all(both)
    expect([sent.length, jobs.list, notices.list]).toEqual([1, [], []])
    expect(project.document).toBe(document)
  })

  it('leaves an editor alone who has selected something else', async () => {
    const { project, generations, targetAt, answer } = bench()
    const first = generations.add(project, targetAt(0), [1])
    project.select({ kind: 'track', trackId: 't' })
    await answer(1)
    await first
    expect(project.selection.kind).toBe('track')
    const second = generations.add(project, targetAt(1), [2])
    await answer(2)
    await second
    expect(project.selection.kind).toBe('region')
  })
})
