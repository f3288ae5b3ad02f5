import { produce } from 'immer'
import { expect, it } from 'vitest'
import type { Take } from '@shared/project'
import { at, counter, makeDocument, makeTake, SETTINGS } from '../../test/document'
import { changeRegion, chooseTake, placeTakes } from '../edits/regions'
import { changeChannel } from '../edits/tracks'
import { voiceGain } from '@shared/edges'
import { addSyncMark } from '../edits/sync-marks'
import { originalGain, PIECE_SAMPLES, pieceGain, piecesBetween, scheduleKey } from './schedule'

const newId = counter()
const document = produce(makeDocument(), (draft) => {
  const place = (from: number, to: number, id: string, joins: Partial<Take> = {}): string =>
    placeTakes(
      draft,
      {
        trackId: 't',
        fromSample: at(from),
        toSample: at(to),
        takes: [{ ...makeTake(id, from, to), ...joins }, makeTake(`${id}2`, from, to)],
        settings: SETTINGS
      },
      newId
    )
  place(0, 9, 'a')
  place(3, 5, 'b', { joinsBefore: 'a', joinsAfter: 'a' })
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
  expect([0, at(0.5), at(2)].map((sample) => voiceGain(piece.voice, sample))).toEqual([0, 0.5, 1])
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
  // What was one sound at one level is crossed once it is at two; how far they are apart is then only a gain.
  const evenQuieter = produce(document, (draft) => changeRegion(draft, region, { gainDb: -12 }))
  expect(scheduleKey(quieter)).not.toBe(key)
  expect(scheduleKey(evenQuieter)).toBe(scheduleKey(quieter))
  expect(keyAfter((draft) => void addSyncMark(draft, at(1), newId))).toBe(key)
  expect(keyAfter((draft) => changeChannel(draft, 't', { gainDb: -3 }))).toBe(key)
  expect(keyAfter((draft) => changeChannel(draft, 't', { muted: true }))).not.toBe(key)
  expect(keyAfter((draft) => changeChannel(draft, null, { solo: true }))).not.toBe(key)
  expect(keyAfter((draft) => changeRegion(draft, region, { fadeInSamples: 480 }))).not.toBe(key)
  expect(keyAfter((draft) => changeRegion(draft, region, { muted: true }))).not.toBe(key)
})

it('asks for the same sound wherever it begins, and for no more than a region plays', () => {
  const asked = (from: number, to: number): string[] =>
    piecesBetween(document, from, to, null).map(({ sound }) => JSON.stringify(sound))
  const whole = asked(0, at(10))
  expect(new Set(whole).size).toBe(whole.length)
  // As seeks, loops and the half seconds of the mixer's clock do.
  for (const from of [0, 1, at(0.3), at(2.9), at(4.5), at(7.77)]) {
    for (const to of [from + 24_000, from + 144_000]) expect(whole).toEqual(expect.arrayContaining(asked(from, to)))
  }
  for (const { sound, voice } of piecesBetween(document, 0, at(10), null)) {
    expect(sound.fromSample).toBeGreaterThanOrEqual(voice.region.fromSample)
    expect(sound.toSample).toBeLessThanOrEqual(voice.region.toSample)
    expect(sound.toSample - sound.fromSample).toBeLessThanOrEqual(PIECE_SAMPLES)
  }
})

it('lets in, before its edge, a take that was not drawn for what plays there', () => {
  const regionId = document.tracks[0]!.regions[1]!.id
  const old = produce(document, (draft) => chooseTake(draft, { trackId: 't', regionId }, 'b2'))
  expect(scheduleKey(old)).not.toBe(scheduleKey(document))
  const around = piecesBetween(old, at(5) - 1000, at(5) + 1000, null)
  const sounding = around.map(({ takeId, fromSample, toSample }) => [takeId, fromSample - at(5), toSample - at(5)])
  expect(sounding).toEqual([
    ['b2', -1000, 0],
    ['a', -480, 0],
    ['a', 0, 1000]
  ])
  // The audition of a take sounds as the take would if it were chosen.
  expect(piecesBetween(document, at(4), at(6), { regionId, takeId: 'b2' })).toEqual(
    piecesBetween(old, at(4), at(6), null)
  )
})
