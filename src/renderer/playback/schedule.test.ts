import { produce } from 'immer'
import { expect, it } from 'vitest'
import { at, counter, makeDocument, makeTake, SETTINGS } from '../../test/document'
import { changeRegion, placeTakes } from '../edits/regions'
import { changeChannel } from '../edits/tracks'
import { fadeGain } from '@shared/audible'
import { addSyncMark } from '../edits/sync-marks'
import { fadeCorners, originalGain, PIECE_SAMPLES, pieceGain, piecesBetween, scheduleKey } from './schedule'

const newId = counter()
const document = produce(makeDocument(), (draft) => {
  const place = (from: number, to: number, id: string): string =>
    placeTakes(
      draft,
      {
        trackId: 't',
        fromSample: at(from),
        toSample: at(to),
        takes: [makeTake(id, from, to), makeTake(`${id}2`, from, to)],
        settings: SETTINGS
      },
      newId
    )
  place(0, 9, 'a')
  place(3, 5, 'b')
})

it('covers the range once, in order, with the take that each region plays', () => {
  const pieces = piecesBetween(document, at(1), at(8), null)
  expect(pieces[0]!.fromSample).toBe(at(1))
  expect(pieces.at(-1)!.toSample).toBe(at(8))
  pieces.slice(1).forEach((piece, i) => expect(piece.fromSample).toBe(pieces[i]!.toSample))
  expect(pieces.every(({ fromSample, toSample }) => toSample - fromSample <= PIECE_SAMPLES)).toBe(true)
  expect([...new Set(pieces.map(({ takeId }) => takeId))]).toEqual(['a', 'b'])
})

it('hears an auditioned take, even on a muted track', () => {
  const regionId = document.tracks[0]!.regions[1]!.id
  const muted = produce(document, (draft) => changeChannel(draft, 't', { muted: true }))
  const pieces = piecesBetween(muted, 0, at(10), { regionId, takeId: 'b2' })
  expect(new Set(pieces.map(({ takeId }) => takeId))).toEqual(new Set(['b2']))
})

it('multiplies gains and silences an original that another solo excludes', () => {
  const region = document.tracks[0]!.regions[0]!
  const changed = produce(document, (draft) => {
    changeRegion(draft, { trackId: 't', regionId: region.id }, { gainDb: -6, fadeInSamples: at(1) })
    changeChannel(draft, 't', { gainDb: -6, solo: true })
  })
  const piece = piecesBetween(changed, 0, at(2), null)[0]!
  expect(20 * Math.log10(pieceGain(changed, piece))).toBeCloseTo(-12, 6)
  expect([fadeGain(piece.region, 0), fadeGain(piece.region, at(0.5)), fadeGain(piece.region, at(2))]).toEqual([
    0, 0.5, 1
  ])
  expect(fadeCorners(piece)).toEqual([0, at(1), at(2)])
  expect([originalGain(document), originalGain(changed)]).toEqual([1, 0])
})

it('needs a new schedule for what changes when something sounds, not for gains and points', () => {
  const regionId = document.tracks[0]!.regions[0]!.id
  const keyAfter = (recipe: (draft: typeof document) => void): string =>
    scheduleKey(
      produce(document, (draft) => {
        recipe(draft)
      })
    )
  const region = { trackId: 't', regionId }
  const [piece] = piecesBetween(document, 0, at(1), null)
  const quieter = produce(document, (draft) => changeRegion(draft, region, { gainDb: -6 }))
  expect(20 * Math.log10(pieceGain(quieter, piece!))).toBeCloseTo(-6, 6)
  const key = scheduleKey(document)
  expect(scheduleKey(quieter)).toBe(key)
  expect(keyAfter((draft) => void addSyncMark(draft, at(1), newId))).toBe(key)
  expect(keyAfter((draft) => changeChannel(draft, 't', { gainDb: -3 }))).toBe(key)
  expect(keyAfter((draft) => changeChannel(draft, 't', { muted: true }))).not.toBe(key)
  expect(keyAfter((draft) => changeChannel(draft, null, { solo: true }))).not.toBe(key)
  expect(keyAfter((draft) => changeRegion(draft, region, { fadeInSamples: 480 }))).not.toBe(key)
  expect(keyAfter((draft) => changeRegion(draft, region, { muted: true }))).not.toBe(key)
})
