import { produce } from 'immer'
import { expect, it } from 'vitest'
import { isAudible, soundingRegions } from '@shared/audible'
import type { ProjectDocument, Region } from '@shared/project'
import { at, counter, makeDocument, makeTake, SETTINGS } from '../../test/document'
import { placeTakes, splitRegion } from '../edits/regions'
import { addTrack } from '../edits/tracks'
import { originalGain, piecesBetween, scheduleKey } from './schedule'

const newId = counter()
/** Track "t" with two regions, and another with one. */
const document = produce(makeDocument(), (draft) => {
  const other = addTrack(draft, newId)
  for (const trackId of ['t', other]) {
    const takes = [makeTake(`take-${trackId}`, 0, 8)]
    placeTakes(draft, { trackId, fromSample: 0, toSample: at(8), takes, settings: SETTINGS }, newId)
  }
  splitRegion(draft, { trackId: 't', regionId: draft.tracks[0]!.regions[0]!.id }, at(4), newId)
})

/** What is heard: the original, and the regions by the seconds that they begin at. */
function heard(changed: ProjectDocument): (string | number)[][] {
  const tracks = changed.tracks.map((track) =>
    isAudible(changed, track) ? soundingRegions(track).map(({ fromSample }) => fromSample / 48_000) : []
  )
  return [isAudible(changed, changed.original) ? ['original'] : [], ...tracks]
}

const withRegion = (index: number, change: Partial<Region>): ProjectDocument =>
  produce(document, (draft) => void Object.assign(draft.tracks[0]!.regions[index]!, change))

it('hears everything where nothing is muted and nothing solo', () => {
  expect(heard(document)).toEqual([['original'], [0, 4], [0]])
})

it('hears a region that is solo alone', () => {
  expect(heard(withRegion(1, { solo: true }))).toEqual([[], [4], []])
})

it('hears what else is solo with it, but on its own track only the region', () => {
  const withOther = produce(withRegion(1, { solo: true }), (draft) => {
    draft.tracks[0]!.solo = true
    draft.tracks[1]!.solo = true
  })
  expect(heard(withOther)).toEqual([[], [4], [0]])
})

it('does not hear what is muted, solo or not', () => {
  expect(heard(withRegion(1, { muted: true }))).toEqual([['original'], [0], [0]])
  expect(heard(withRegion(1, { solo: true, muted: true }))).toEqual([[], [], []])
  const track = produce(withRegion(1, { solo: true }), (draft) => void (draft.tracks[0]!.muted = true))
  expect(heard(track)).toEqual([[], [], []])
})

it('schedules a region that is solo alone, and anew once it is', () => {
  const solo = withRegion(1, { solo: true })
  const pieces = piecesBetween(solo, 0, at(10), null)
  expect(new Set(pieces.map(({ voice }) => voice.region.id))).toEqual(new Set([solo.tracks[0]!.regions[1]!.id]))
  expect([originalGain(document), originalGain(solo)]).toEqual([1, 0])
  expect(scheduleKey(solo)).not.toBe(scheduleKey(document))
})
