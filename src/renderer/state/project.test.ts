import { describe, expect, it } from 'vitest'
import { produce } from 'immer'
import { at, makeDocument, makeTake, SETTINGS } from '../../test/document'
import { placeTakes } from '../edits/regions'
import { markRange } from '../edits/tracks'
import { ProjectState } from './project.svelte'
import { opened } from './testing'

const louder = (project: ProjectState): void =>
  project.edit((draft) => void (draft.original.gainDb += 0.01), { label: 'Louder' })
const times = (count: number, work: () => void): void => Array.from({ length: count }).forEach(work)

describe('what is saved', () => {
  it('is known again when edits are undone and redone', () => {
    const project = new ProjectState(opened(makeDocument(), { path: '/a.foley' }))
    expect(project.isDirty).toBe(false)
    louder(project)
    project.saved('/a.foley', project.step)
    louder(project)
    expect(project.isDirty).toBe(true)
    project.undo()
    expect(project.isDirty).toBe(false)
    project.undo()
    expect(project.isDirty).toBe(true)
    project.redo()
    expect(project.isDirty).toBe(false)
  })

  it('is not what is left when more was done than can be undone', () => {
    const project = new ProjectState(opened(makeDocument()))
    times(510, () => louder(project))
    while (project.undo() !== null);
    expect(project.document.original.gainDb).toBeCloseTo(0.1)
    expect(project.isDirty).toBe(true)
    project.saved('/a.foley', project.step)
    expect(project.isDirty).toBe(false)
    times(500, () => void project.redo())
    expect(project.isDirty).toBe(true)
    while (project.undo() !== null);
    expect(project.isDirty).toBe(false)
  })

  it('is what was written, where edits followed while it was', () => {
    const project = new ProjectState(opened(makeDocument()))
    louder(project)
    const { step } = project
    louder(project)
    project.saved('/a.foley', step)
    expect(project.isDirty).toBe(true)
    project.undo()
    expect(project.isDirty).toBe(false)
  })

  it('is nothing of a project that was recovered', () => {
    const project = new ProjectState(opened(makeDocument(), { dirty: true }))
    expect(project.isDirty).toBe(true)
  })
})

describe('a range that is marked', () => {
  const selection = { kind: 'region', trackId: 't', regionId: 'r' } as const
  function marked(inSec: number | null, outSec: number | null): ProjectState {
    const document = produce(makeDocument(), (draft) => {
      const range = { fromSample: at(2), toSample: at(4) }
      placeTakes(draft, { trackId: 't', ...range, takes: [makeTake('a', 2, 4)], settings: SETTINGS }, () => 'r')
    })
    const project = new ProjectState(opened(document))
    project.select(selection)
    const samples = [inSec, outSec].map((sec) => (sec === null ? null : at(sec)))
    project.edit((draft) => markRange(draft, samples[0]!, samples[1]!), { label: 'Mark' })
    project.turnToMark()
    return project
  }

  it('turns from the selected region to its track where it leaves the region', () => {
    for (const [from, to] of [
      [5, 6],
      [1, 3],
      [3, 5],
      [5, null]
    ] as const) {
      expect(marked(from, to).selection, `${from} to ${to}`).toEqual({ kind: 'track', trackId: 't' })
    }
  })

  it('stays with the region that it lies in', () => {
    for (const [from, to] of [
      [2, 4],
      [3, null],
      [null, 3]
    ] as const) {
      expect(marked(from, to).selection, `${from} to ${to}`).toEqual(selection)
    }
  })
})

it('leaves nothing of a gesture that was given up', () => {
  const project = new ProjectState(opened(makeDocument(), { path: '/a.foley' }))
  louder(project)
  const { document, undoLabel } = project
  times(3, () =>
    project.edit((draft) => void (draft.syncMarks = [...draft.syncMarks]), { label: 'Move', gesture: 'g' })
  )
  project.abandon('g')
  expect([project.document, project.undoLabel, project.redoLabel]).toEqual([document, undoLabel, null])
  project.abandon('g')
  expect(project.undoLabel).toBe(undoLabel)
})
