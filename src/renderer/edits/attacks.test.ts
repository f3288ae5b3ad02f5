import { produce } from 'immer'
import { expect, it } from 'vitest'
import { at, counter, makeDocument, makeTake, SETTINGS } from '../../test/document'
import { heardAttacks, nearestOf, syncDistances, syncSummary } from './attacks'
import { placeTakes, trimRegion } from './regions'
import { addSyncMark } from './sync-marks'
import { changeChannel } from './tracks'

const newId = counter()
const document = produce(makeDocument(), (draft) => {
  const takes = [makeTake('a', 0, 10, [1, 2.04, 6])]
  placeTakes(draft, { trackId: 't', fromSample: 0, toSample: at(10), takes, settings: SETTINGS }, newId)
  for (const sec of [1.01, 2, 4]) addSyncMark(draft, at(sec), newId)
})

it('measures each point to the nearest attack that is heard, in frames of the film', () => {
  const distances = syncDistances(document, heardAttacks(document))
  expect(distances.map(({ frames }) => frames)).toEqual([expect.closeTo(-0.25, 6), expect.closeTo(1, 6), null])
  const summary = syncSummary(distances)
  expect(summary).toMatchObject({ points: 3, within: 2 })
  expect(summary.medianFrames).toBeCloseTo(0.625, 6)
})

it('hears nothing of what is trimmed away or muted', () => {
  const regionId = document.tracks[0]!.regions[0]!.id
  const trimmed = produce(document, (draft) => trimRegion(draft, { trackId: 't', regionId }, { fromSample: at(1.5) }))
  expect(heardAttacks(trimmed)).toEqual([at(2.04), at(6)])
  expect(heardAttacks(produce(document, (draft) => changeChannel(draft, 't', { muted: true })))).toEqual([])
  expect(heardAttacks(produce(document, (draft) => changeChannel(draft, null, { solo: true })))).toEqual([])
})

it('finds the nearest of a sorted list', () => {
  expect([nearestOf([], 5), nearestOf([1, 9], 4), nearestOf([1, 9], 6), nearestOf([1, 9], 99)]).toEqual([null, 1, 9, 9])
})
