import { beforeAll, describe, expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { loudSamples, worstDifference } from '../../test/samples'
import { type AudioRequest, decodeAudio, streamAudio } from './audio'
import type { MediaInfo } from './media-info'
import { peaksOf } from './peaks'
import { probe } from './probe'
import { findTools, type MediaTools } from './tools'

let tools: MediaTools
beforeAll(async () => {
  tools = await findTools()
})

const sound = async (path: string): Promise<MediaInfo> => probe(path, tools, { require: 'audio' })
const decode = async (path: string, request: AudioRequest): Promise<Float32Array> =>
  decodeAudio(await sound(path), request, tools)

const MONO = { sampleRate: 48_000, channels: 1 } as const

describe('decodeAudio places sound to the sample', () => {
  it('in a WAV', async () => {
    const samples = await decode(await clips.clicks(), MONO)
    expect(samples).toHaveLength(48_000)
    expect(loudSamples(samples)).toEqual([4800, 33_600])
    // The mean of 0.8 and 0.4.
    expect(samples[4800]).toBeCloseTo(0.6, 4)
  })

  it('when the sound starts late', async () => {
    const media = await sound(await clips.clickFilm('mov', 0.5))
    expect(media.audio[0]!.startSec).toBe(0.5)
    const samples = await decodeAudio(media, MONO, tools)
    expect(samples).toHaveLength(Math.round(media.durationSec * 48_000))
    expect(loudSamples(samples)).toEqual([28_800, 57_600])
    expect(samples.subarray(0, 24_000).every((value) => value === 0)).toBe(true)
  })

  it('when it starts late by less than a millisecond', async () => {
    const samples = await decode(await clips.clickFilm('mov', 0.000_25), MONO)
    expect(loudSamples(samples)).toEqual([4812, 33_612])
  })

  it('when the picture starts late', async () => {
    expect(loudSamples(await decode(await clips.clickFilm('mov', -0.5), MONO))).toEqual([4800, 33_600])
  })

  it('in a transport stream, whose clock starts elsewhere', async () => {
    const path = await clips.clickFilm('ts', 0.5)
    const media = await sound(path)
    expect(media.startSec).toBeGreaterThan(1)
    const first = Math.round(media.audio[0]!.startSec * 48_000)
    expect(first).toBeGreaterThan(20_000)
    expect(loudSamples(await decodeAudio(media, MONO, tools))).toEqual([first + 4800, first + 33_600])
  })

  it('when it is resampled', async () => {
    const samples = await decode(await clips.clickFilm('mov', 0.5), { sampleRate: 16_000, channels: 1 })
    expect(loudSamples(samples).every((at) => [9600, 19_200].some((click) => Math.abs(at - click) <= 1))).toBe(true)
  })

  it('from any instant on, with exactly the asked length', async () => {
    const path = await clips.clickFilm('mov', 0.5)
    const samples = await decode(path, { ...MONO, fromSec: 1.15, durationSec: 0.1 })
    expect(samples).toHaveLength(4800)
    expect(loudSamples(samples)).toEqual([57_600 - 55_200])
    const after = await decode(path, { ...MONO, fromSec: 1.3, durationSec: 2 })
    expect(after).toEqual(new Float32Array(96_000))
  })

  it('the same after a seek as from the start, in AAC', async () => {
    const path = await clips.plainFilm()
    const all = await decode(path, MONO)
    const part = await decode(path, { ...MONO, fromSec: 2, durationSec: 0.5 })
    expect(part).toHaveLength(24_000)
    expect(worstDifference(part, all.subarray(96_000, 120_000))).toBeLessThan(1e-4)
  })
})

describe('decodeAudio', () => {
  it('keeps channels, or mixes them', async () => {
    const path = await clips.clicks()
    const kept = await decode(path, { sampleRate: 48_000, channels: 'keep' })
    expect([kept.length, kept[9600], kept[9601]].map((value) => value!.toFixed(3))).toEqual([
      '96000.000',
      '0.800',
      '0.400'
    ])
    const widened = await decode(await clips.monoClicks(), { sampleRate: 48_000, channels: 2 })
    expect([widened[9600]!.toFixed(3), widened[9601]!.toFixed(3)]).toEqual(['0.800', '0.800'])
  })

  it('refuses a silent film', async () => {
    const media = await probe(await clips.silentFilm(), tools)
    await expect(decodeAudio(media, MONO, tools)).rejects.toMatchObject({ code: 'input.no-audio' })
  })

  it('streams whole frames that add up', async () => {
    const media = await sound(await clips.clickFilm('mov', 0.5))
    let [total, largest] = [0, 0]
    for await (const chunk of streamAudio(media, { sampleRate: 48_000, channels: 2 }, tools)) {
      expect(chunk.length % 2).toBe(0)
      total += chunk.length
      largest = Math.max(largest, chunk.length)
    }
    expect(total).toBe(2 * Math.round(media.durationSec * 48_000))
    expect(largest).toBeLessThan(100_000)
  })

  it('ends with an abort', async () => {
    const media = await sound(await clips.plainFilm())
    const decoding = decodeAudio(media, MONO, tools, AbortSignal.abort())
    await expect(decoding).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('peaksOf', () => {
  it('gives the lowest and highest sample of each bin, over all channels', async () => {
    const chunks = [Float32Array.of(0.1, -0.2, 0.3), Float32Array.of(0, 0.5, -1, 0.25, 0.25)]
    // Stereo, two frames a peak: [0.1 -0.2 0.3 0] [0.5 -1 0.25 0.25].
    expect([...(await peaksOf(chunks, 2, 2))].map((value) => value.toFixed(2))).toEqual([
      '-0.20',
      '0.30',
      '-1.00',
      '0.50'
    ])
    expect([...(await peaksOf([Float32Array.of(0.5, -0.5, 0.25)], 2, 1))]).toEqual([-0.5, 0.5, 0.25, 0.25])
  })
})
