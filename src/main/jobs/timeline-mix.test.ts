import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProjectDocument } from '@shared/project'
import * as clips from '../../test/clips'
import { peak } from '../../test/samples'
import { temporaryFolder, type DisposableFolder } from '../engine/testing'
import type { MediaInfo } from '../media/media-info'
import { probe } from '../media/probe'
import { findTools } from '../media/tools'
import { readWav } from '../media/wav-read'
import { writeBus, writeStem } from './mix-files'
import { documentOf, regionOf, takeOf, trackOf, writeTake } from './testing'
import { mixBlocks, type MixPart } from './timeline-mix'

let folder: DisposableFolder
let film: MediaInfo
const ramp = (sample: number): number => (sample % 16_384) / 32_768
const LEVEL = 0.25
const level = (): number => LEVEL
const A = takeOf('a', 10_000, 90_000)
const B = takeOf('b', 60_000, 144_000)
beforeAll(async () => {
  folder = await temporaryFolder()
  film = await probe(await clips.silentFilm(), await findTools())
  await writeTake(folder.path, A, film, ramp)
  await writeTake(folder.path, B, film, level)
})
afterAll(() => folder[Symbol.asyncDispose]())

async function mixed(
  change: Partial<ProjectDocument>,
  part: MixPart = { kind: 'timeline' },
  range: { fromSample?: number; toSample?: number } = {}
): Promise<{ left: Float32Array; right: Float32Array; blocks: number[] }> {
  const document = documentOf(film, { takes: { a: A, b: B }, ...change })
  const blocks: number[] = []
  const all: number[] = []
  for await (const block of mixBlocks({ document, takesFolder: folder.path, part, ...range })) {
    blocks.push(block.length / 2)
    all.push(...block)
  }
  const side = (offset: number): Float32Array => Float32Array.from(all.filter((_, i) => i % 2 === offset))
  return { left: side(0), right: side(1), blocks }
}

describe('mixBlocks', () => {
  it('has exactly the film’s length, plays a take at its place only inside its region, at its own level', async () => {
    const region = regionOf(A, { fromSample: 20_001, toSample: 70_003 })
    const { left, right, blocks } = await mixed({ tracks: [trackOf('t', [region])] })
    expect(blocks).toEqual([48_000, 48_000, 48_000])
    const expected = Float32Array.from({ length: 144_000 }, (_, n) => (n >= 20_001 && n < 70_003 ? ramp(n) : 0))
    expect(left).toEqual(expected)
    expect(right).toEqual(expected)
  })

  it('adds tracks, with gain and pan at equal power', async () => {
    const regions = [regionOf(B, { gainDb: -6, pan: -1 }), regionOf(B, { pan: 0.5 })]
    const tracks = [trackOf('t', [regions[0]!], { gainDb: -6 }), trackOf('u', [regions[1]!])]
    const { left, right } = await mixed({ tracks })
    const hard = LEVEL * 10 ** (-12 / 20) * Math.SQRT2
    const angle = (1.5 * Math.PI) / 4
    expect(left[100_000]).toBeCloseTo(hard + LEVEL * Math.SQRT2 * Math.cos(angle), 6)
    expect(right[100_000]).toBeCloseTo(LEVEL * Math.SQRT2 * Math.sin(angle), 6)
  })

  it('fades in a straight line', async () => {
    const region = regionOf(B, { fadeInSamples: 4000, fadeOutSamples: 8000 })
    const { left } = await mixed({ tracks: [trackOf('t', [region])] })
    expect([60_000, 61_000, 64_000, 136_000, 140_000].map((n) => left[n]! / LEVEL)).toEqual(
      [0, 0.25, 1, 1, 0.5].map((gain) => expect.closeTo(gain, 6) as number)
    )
  })

  it('crosses at equal power what was not drawn to join, before the edge, and leaves alone what was', async () => {
    const [left, right] = [regionOf(A, { toSample: 80_000 }), regionOf(B, { fromSample: 80_000 })]
    const { left: crossed } = await mixed({ tracks: [trackOf('t', [left, right])] })
    const share = (n: number): number => 1 - (80_000 - n) / 480
    const expected = Float32Array.from({ length: 144_000 }, (_, n) => {
      if (n < 10_000) return 0
      if (n >= 80_000) return LEVEL
      if (n < 79_520) return ramp(n)
      return Math.cos((share(n) * Math.PI) / 2) * ramp(n) + Math.sin((share(n) * Math.PI) / 2) * LEVEL
    })
    expect(peak(crossed.map((value, n) => value - expected[n]!))).toBeLessThan(1e-6)
    expect(crossed.subarray(80_000)).toEqual(expected.subarray(80_000))

    const joining = takeOf('b', 80_000, 144_000, { joinsBefore: 'a' })
    const takes = { a: A, b: joining }
    await writeTake(folder.path, joining, film, level)
    const { left: joined } = await mixed({ takes, tracks: [trackOf('t', [left, regionOf(joining)])] })
    await writeTake(folder.path, B, film, level)
    expect(joined.subarray(10_000, 80_000)).toEqual(Float32Array.from({ length: 70_000 }, (_, n) => ramp(10_000 + n)))
    expect(joined.subarray(80_000)).toEqual(expected.subarray(80_000))
  })

  it('heeds mute and solo in the whole, but not where one part is asked for', async () => {
    const muted = trackOf('m', [regionOf(A)], { muted: true })
    const quiet = trackOf('q', [regionOf(A, { muted: true })])
    const plain = trackOf('p', [regionOf(B)])
    const peakOf = async (change: Partial<ProjectDocument>, part?: MixPart): Promise<number> =>
      peak((await mixed(change, part)).left)
    const tracks = [muted, quiet, plain]
    expect(await peakOf({ tracks })).toBeCloseTo(LEVEL, 6)
    expect(await peakOf({ tracks, original: { gainDb: 0, muted: false, solo: true } })).toBe(0)
    const listened = trackOf('s', [regionOf(A, { solo: true })], { gainDb: -60 })
    expect(await peakOf({ tracks: [...tracks, listened] })).toBeLessThan(LEVEL / 100)
    expect(await peakOf({ tracks }, { kind: 'track', trackId: 'm' })).toBeGreaterThan(LEVEL)
    expect(await peakOf({ tracks }, { kind: 'region', trackId: 'q', regionId: 'region-a' })).toBeGreaterThan(LEVEL)
  })

  it('writes a bus that may be over full scale, and stems that know their place', async () => {
    const document = documentOf(film, { takes: { b: B }, tracks: [trackOf('t', [regionOf(B, { gainDb: 18 })])] })
    const request = { document, takesFolder: folder.path, part: { kind: 'timeline' } as const }
    const [bus, stem] = [clips.scratch('bus.wav'), clips.scratch('stem.wav')]
    await writeBus(bus, request)
    const whole = await readWav(bus)
    expect(whole).toMatchObject({ channels: 2, bitsPerSample: 32, frames: 144_000 })
    expect(peak(whole.samples)).toBeCloseTo(LEVEL * 10 ** (18 / 20), 4)
    const summary = await writeStem(stem, { ...request, fromSample: 60_000, toSample: 61_000 }, 7)
    expect(summary).toMatchObject({ frames: 1000, clippedSamples: 2000 })
    expect(await readWav(stem)).toMatchObject({ channels: 2, bitsPerSample: 24, timeReferenceSamples: 60_007 })
  })

  it('names a take whose sound is missing, or that the project does not have', async () => {
    const lost = takeOf('lost', 0, 1000)
    const tracks = [trackOf('t', [regionOf(lost)])]
    await expect(mixed({ tracks, takes: { lost } })).rejects.toMatchObject({ code: 'input.unreadable' })
    await expect(mixed({ tracks })).rejects.toMatchObject({ code: 'request.invalid' })
  })
})
