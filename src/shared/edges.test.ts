import { produce } from 'immer'
import { describe, expect, it } from 'vitest'
import type { ProjectDocument, Region, Take } from '@shared/project'
import { at, counter, makeTake, SETTINGS } from '../test/document'
import { fadeGain } from './audible'
import { CROSS_FADE_SAMPLES, heardTakes, isShaped, shape, voiceGain, voicesOfTrack, type Voice } from './edges'

const EDGE = at(4)
const newId = counter()

function region(takeId: string, fromSec: number, toSec: number, change: Partial<Region> = {}): Region {
  const fades = { fadeInSamples: 0, fadeOutSamples: 0, fadeInCutSamples: 0, fadeOutCutSamples: 0 }
  return {
    ...{ id: newId(), fromSample: at(fromSec), toSample: at(toSec), takeIds: [takeId], takeId, ...fades },
    ...{ gainDb: 0, pan: 0, muted: false, solo: false, settings: SETTINGS, ...change }
  }
}

/** Two regions that touch at four seconds. */
function voices(takes: readonly Take[], left: Region, right: Region): [Voice, Voice] {
  const all: ProjectDocument['takes'] = Object.fromEntries(takes.map((take) => [take.id, take]))
  const [first, second] = voicesOfTrack({ regions: [left, right] }, all)
  if (!first || !second) throw new Error('no voices')
  return [first, second]
}

const isPlain = (voice: Voice): boolean => !isShaped(voice, voice.region.fromSample, voice.region.toSample)

describe('what goes on by itself', () => {
  const whole = makeTake('whole', 0, 10)
  it.each<[string, Take, Take]>([
    ['parts of one take', whole, whole],
    ['a take drawn after the other', whole, { ...makeTake('new', 4, 6), joinsBefore: 'whole', joinsAfter: 'whole' }],
    ['a take drawn before the other', { ...makeTake('new', 2, 4), joinsBefore: 'whole', joinsAfter: 'whole' }, whole]
  ])('%s', (_, left, right) => {
    const both = voices([left, right], region(left.id, 2, 4), region(right.id, 4, 6))
    expect(both.map(isPlain)).toEqual([true, true])
    expect(both.map(({ parts }) => parts.length)).toEqual([1, 1])
  })

  it('and what is apart', () => {
    const both = voices([whole, makeTake('new', 4, 6)], region('whole', 2, 3.9), region('new', 4, 6))
    expect(both.map(isPlain)).toEqual([true, true])
  })
})

describe('what does not', () => {
  const [old, neighbour] = [makeTake('old', 0, 10), makeTake('neighbour', 0, 10)]

  it('is crossed at equal power in the last 10 ms before the edge, and nowhere else', () => {
    const [before, after] = voices([old, neighbour], region('old', 2, 4), region('neighbour', 4, 6))
    expect(after.parts).toEqual([
      { takeId: 'neighbour', fromSample: EDGE - CROSS_FADE_SAMPLES, toSample: EDGE },
      { takeId: 'neighbour', fromSample: EDGE, toSample: at(6) }
    ])
    const [out, into] = [before, after].map((voice) => {
      const samples = new Float32Array(1000).fill(1)
      shape(samples, voice, EDGE - 1000)
      return samples
    })
    expect(out!.subarray(0, 520)).toEqual(new Float32Array(520).fill(1))
    for (let i = 520; i < 1000; i += 1) expect(out![i]! ** 2 + into![i]! ** 2).toBeCloseTo(1, 5)
    // Neither breaks: at both ends each is where it comes from or goes to.
    expect([into![520], out![999], into![999]]).toEqual([
      expect.closeTo(0, 5),
      expect.closeTo(0, 2),
      expect.closeTo(1, 4)
    ])
    expect([voiceGain(after, EDGE), isShaped(after, EDGE, at(6))]).toEqual([1, false])
  })

  it('crosses one take at two gains at equal gain, and leaves alone what the editor faded to silence', () => {
    const [before, after] = voices([old], region('old', 2, 4), region('old', 4, 6, { gainDb: -6 }))
    const place = EDGE - 100
    expect(voiceGain(before, place) + voiceGain(after, place)).toBeCloseTo(1, 9)
    const faded = voices([old], region('old', 2, 4, { fadeOutSamples: 4800 }), region('old', 4, 6, { gainDb: -6 }))
    expect(voiceGain(faded[0], place)).toBe(fadeGain(faded[0].region, place))
  })

  it('is let in by the take that it was drawn to join, where it begins at the edge', () => {
    const drawn = { ...makeTake('drawn', 4, 6), joinsBefore: 'old' }
    const [before, after] = voices([old, neighbour, drawn], region('neighbour', 2, 4), region('drawn', 4, 6))
    expect(after.parts[0]).toEqual({ takeId: 'old', fromSample: EDGE - 480, toSample: EDGE })
    expect(voiceGain(before, EDGE - 1)).toBeLessThan(0.01)
    // Where that take is gone, or was itself drawn in silence, what is before it still ends without a click.
    const [alone, bare] = voices([neighbour, drawn], region('neighbour', 2, 4), region('drawn', 4, 6))
    expect([voiceGain(alone, EDGE - 1) < 0.01, bare.parts.length]).toEqual([true, 1])
  })

  it('comes to an end where takes name each other in a circle', () => {
    const drawn = { ...makeTake('drawn', 4, 6), joinsBefore: 'drawn' }
    expect(voices([old, drawn], region('old', 2, 4), region('drawn', 4, 6))[1].parts).toHaveLength(1)
  })
})

it('what is drawn after a cross-fade goes on from what let the last one in: the cross-fade stays to the sample', () => {
  const takes = {
    old: makeTake('old', 0, 10),
    b: { ...makeTake('b', 4, 6), joinsBefore: 'gone' },
    gone: makeTake('gone', 0, 4)
  }
  const track = { regions: [region('old', 0, 4), region('b', 4, 6)] }
  const heard = heardTakes(track, takes)
  expect(heard.map(({ takeId, fromSample, toSample }) => [takeId, fromSample, toSample])).toEqual([
    ['old', 0, EDGE - 480],
    ['gone', EDGE - 480, EDGE],
    ['b', EDGE, at(6)]
  ])
  // As `readEdges` says of the take that is drawn there next: it joins the one that ends at the edge.
  const next = { ...makeTake('next', 4, 6), joinsBefore: heard[1]!.takeId }
  const redrawn = produce(track, (draft) => void (draft.regions[1]!.takeId = 'next'))
  const opening = (each: typeof track): unknown =>
    voicesOfTrack(each, { ...takes, next }).map(({ parts, closing }) => [
      parts.filter((part) => part.toSample <= EDGE),
      closing
    ])
  expect(JSON.stringify(opening(redrawn))).toBe(JSON.stringify(opening(track)))
})
