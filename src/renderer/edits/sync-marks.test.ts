import { produce } from 'immer'
import { expect, it } from 'vitest'
import type { ProjectDocument } from '@shared/project'
import { at, counter, makeDocument } from '../../test/document'
import {
  addSyncMark,
  clearSyncMarks,
  moveSyncMark,
  pinAll,
  removeSyncMark,
  setPictureOffset,
  setSuggestions,
  setSyncLoudness,
  suggestedAsSeen
} from './sync-marks'

const newId = counter('s')
const edited = (document: ProjectDocument, recipe: (draft: ProjectDocument) => void): ProjectDocument =>
  produce(document, recipe)
const suggestions = [1, 2, 3].map((timeSec) => ({ timeSec, probability: timeSec / 4, loudnessDb: -10 }))
const suggested = edited(makeDocument(), (draft) => setSuggestions(draft, suggestions, newId))
const marks = (document: ProjectDocument): [string, number][] =>
  document.syncMarks.map(({ kind, sample }) => [kind, sample / 48_000])
const idAt = (document: ProjectDocument, sec: number): string =>
  document.syncMarks.find(({ sample }) => sample === at(sec))!.id

it('replaces suggestions and keeps the editor’s points', () => {
  const pinned = edited(suggested, (draft) => void addSyncMark(draft, at(2.01), newId))
  expect(marks(pinned)).toEqual([
    ['suggested', 1],
    ['pinned', 2],
    ['suggested', 3]
  ])
  const again = edited(pinned, (draft) =>
    setSuggestions(draft, [{ timeSec: 2.02, probability: 1, loudnessDb: 3 }, ...suggestions.slice(0, 1)], newId)
  )
  expect(marks(again)).toEqual([
    ['suggested', 1],
    ['pinned', 2]
  ])
})

it('adds, moves, weighs, removes and clears, always in time order', () => {
  const added = edited(suggested, (draft) => void addSyncMark(draft, at(1.5), newId))
  expect(marks(added).map(([, sec]) => sec)).toEqual([1, 1.5, 2, 3])
  const moved = edited(added, (draft) => moveSyncMark(draft, idAt(added, 1), at(2.5)))
  expect(marks(moved)).toEqual([
    ['pinned', 1.5],
    ['suggested', 2],
    ['pinned', 2.5],
    ['suggested', 3]
  ])
  const end = edited(added, (draft) => moveSyncMark(draft, idAt(added, 1), at(99)))
  expect(end.syncMarks.at(-1)!.sample).toBe(at(10) - 1)
  const loud = edited(moved, (draft) => setSyncLoudness(draft, idAt(moved, 2), -99))
  expect(loud.syncMarks[1]).toMatchObject({ kind: 'pinned', loudnessDb: -60 })
  expect(marks(edited(moved, (draft) => removeSyncMark(draft, idAt(moved, 2)))).length).toBe(3)
  expect(marks(edited(moved, (draft) => clearSyncMarks(draft, at(2), at(3))))).toEqual([
    ['pinned', 1.5],
    ['suggested', 3]
  ])
})

it('changes nothing where there is nothing to change: it is no step to undo', () => {
  const pinned = edited(suggested, (draft) => pinAll(draft, 0, Infinity))
  expect(edited(pinned, (draft) => pinAll(draft, 0, Infinity))).toBe(pinned)
  expect(edited(pinned, (draft) => void addSyncMark(draft, at(2.01), newId))).toBe(pinned)
  expect(edited(pinned, (draft) => clearSyncMarks(draft, at(5), at(6)))).toBe(pinned)
})

it('pins what is in the range', () => {
  const pinned = edited(suggested, (draft) => pinAll(draft, at(2), at(3)))
  expect(marks(pinned).map(([kind]) => kind)).toEqual(['suggested', 'pinned', 'suggested'])
})

it('an offset moves suggestions, now and when they are asked for again; the editor’s points stay', () => {
  const pinned = edited(suggested, (draft) => void addSyncMark(draft, at(2), newId))
  const early = edited(pinned, (draft) => setPictureOffset(draft, -at(0.25)))
  const expected = [
    ['suggested', 0.75],
    ['pinned', 2],
    ['suggested', 2.75]
  ]
  expect(marks(early)).toEqual(expected)
  expect(marks(edited(early, (draft) => setSuggestions(draft, suggestions, newId)))).toEqual([
    expected[0],
    ['suggested', 1.75],
    ...expected.slice(1)
  ])
  expect(marks(edited(early, (draft) => setPictureOffset(draft, 0)))).toEqual(marks(pinned))
  expect(edited(early, (draft) => setPictureOffset(draft, -at(0.25)))).toBe(early)
})

it('tells what the picture shows of the suggestions that are left, without the offset, and of no pinned point', () => {
  const pinned = edited(suggested, (draft) => void addSyncMark(draft, at(2), newId))
  const early = edited(pinned, (draft) => setPictureOffset(draft, -at(0.25)))
  const seen = [
    { timeSec: 1, probability: 0.25 },
    { timeSec: 3, probability: 0.75 }
  ]
  expect(suggestedAsSeen(pinned)).toEqual(seen)
  expect(suggestedAsSeen(early)).toEqual(seen)
})

it('an offset goes no further than half a second, and takes no suggestion out of the film', () => {
  const edge = edited(makeDocument(), (draft) =>
    setSuggestions(draft, [{ timeSec: 0.2, probability: 1, loudnessDb: -6 }], newId)
  )
  const far = edited(edge, (draft) => setPictureOffset(draft, -at(3)))
  expect(far.pictureOffsetSamples).toBe(-at(0.5))
  expect(far.syncMarks).toEqual([])
})
