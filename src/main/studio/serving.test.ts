import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { streamFrames } from '../media/frames'
import type { MediaInfo } from '../media/media-info'
import { probe } from '../media/probe'
import { findTools } from '../media/tools'
import { mediaRefOf } from '../project/media-ref'
import { writeTake } from '../project/testing'
import { basePeak, originalPeaks, pyramidOf, takePeaks } from './peaks'
import { playbackOf } from './playable'
import { makeProxy, pixelFormatOf } from './proxy'
import { planStrip, Thumbnails } from './thumbnails'
import { readWavSlice } from './wav-slice'

const tools = await findTools()
const probed = async (path: string) => {
  const film = await probe(path, tools)
  return { film, media: await mediaRefOf(film) }
}
const playback = async (path: string) => {
  const film = await probe(path, tools)
  return playbackOf(film, await pixelFormatOf(film, tools))
}

describe('playbackOf', () => {
  it.each([
    ['H.264 in MP4', clips.plainFilm, 'direct'],
    ['VP8 in WebM', clips.webm, 'direct'],
    ['H.264 in QuickTime', clips.timecodeFilm, 'remux'],
    ['H.264 in Matroska', clips.matroska, 'remux'],
    ['H.264 in a transport stream', clips.transportStream, 'remux'],
    ['ProRes', clips.proResFilm, 'transcode'],
    ['MPEG-4 in AVI', clips.avi, 'transcode'],
    ['a film that was cut off', clips.truncatedMatroska, 'transcode']
  ])('%s: %s', async (_name, clip, kind) => {
    expect((await playback(await clip())).kind).toBe(kind)
  })

  it('looks at the pixels and at the sound', async () => {
    const film = await probe(await clips.plainFilm(), tools)
    expect(playbackOf(film, 'yuv420p10le').kind).toBe('transcode')
    expect(playbackOf({ ...film, audio: [{ ...film.audio[0]!, codec: 'ac3' }] }, 'yuv420p').kind).toBe('remux')
  })
})

describe('makeProxy', () => {
  const proxyOf = async (path: string) => {
    const { film, media } = await probed(path)
    const kind = playbackOf(film, await pixelFormatOf(film, tools))
    if (kind.kind === 'direct') throw new Error('needs no proxy')
    const target = clips.scratch('proxy.mp4')
    const fractions: number[] = []
    const onFraction = (fraction: number): void => void fractions.push(fraction)
    await makeProxy({ film, media, playback: kind, path: target, onFraction }, tools, new AbortController().signal)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    return { film, proxy: await probe(target, tools), target }
  }

  it.each([
    ['ProRes', clips.proResFilm],
    ['QuickTime whose picture is late', () => clips.clickFilm('mov', -0.3)],
    ['a transport stream whose sound is late', () => clips.clickFilm('ts', 0.3)],
    ['Matroska', clips.matroska],
    ['AVI', clips.avi],
    ['a film that was cut off', clips.truncatedMatroska]
  ])('of %s is played by Chromium, and has its times', async (_name, clip) => {
    const { film, proxy } = await proxyOf(await clip())
    expect(playbackOf(proxy, await pixelFormatOf(proxy, tools)).kind).toBe('direct')
    expect(Math.abs(proxy.video!.startSec - (await firstFrameSec(film)))).toBeLessThan(0.001)
    expect(Math.abs(proxy.durationSec - film.durationSec)).toBeLessThan(0.05)
    expect(proxy.audio.length).toBe(Math.min(1, film.audio.length))
    if (proxy.audio[0]) expect(Math.abs(proxy.audio[0].startSec)).toBeLessThan(0.001)
  })

  /** As the analysis sees it; the header of an AVI with B-frames says something else. */
  async function firstFrameSec(film: MediaInfo): Promise<number> {
    const request = { rateHz: 1, width: 16, height: 16, fit: 'stretch', frameCount: 1 } as const
    for await (const { ptsSec } of streamFrames(film, request, tools)) return ptsSec
    throw new Error('no frame')
  }

  it('is at most 960 wide, and leaves nothing behind when it is ended', async () => {
    const { film, media } = await probed(await clips.hdFilm())
    const path = join(clips.scratch('cache'), 'proxy.mp4')
    const request = { film, media, playback: { kind: 'transcode' }, path, onFraction: () => undefined } as const
    await expect(makeProxy(request, tools, AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect(readFile(path)).rejects.toThrow()
    await makeProxy(request, tools, new AbortController().signal)
    expect((await probe(path, tools)).video).toMatchObject({ width: 960, height: 540 })
  })
})

describe('Thumbnails', () => {
  it.each([
    ['a plain film', clips.silentFilm],
    ['a transport stream, whose picture begins a little late', clips.transportStream],
    ['Matroska, which rounds its times', clips.matroska]
  ])('of %s show at each instant the newest picture that is not later', async (_name, clip) => {
    const { film, media } = await probed(await clip())
    const plan = planStrip(media)
    expect(plan).toMatchObject({ everySec: 0.2, width: 96 })
    const strip = new Thumbnails(plan, clips.scratch('thumbs'))
    const making = strip.make(film, tools)
    expect(await strip.path(0, 4000)).toMatch(/0\.jpg$/)
    await making
    const [width, height] = [clips.CODE_WIDTH, clips.CODE_HEIGHT]
    for await (const { index, rgb } of streamFrames(film, { rateHz: 5, width, height, fit: 'stretch' }, tools)) {
      const path = await strip.path(index, 0)
      expect([index, await frameNumber(path!)]).toEqual([index, clips.readFrameNumber(rgb, width, height)])
    }
    expect(await strip.path(plan.count, 0)).toBeNull()
  })

  it('does not hold more than 600 pictures, and stops when asked to', async () => {
    const { film, media } = await probed(await clips.hdFilm())
    expect(planStrip({ ...media, durationSamples: 3600 * 48_000 })).toMatchObject({ everySec: 6, count: 600 })
    const strip = new Thumbnails(planStrip(media), clips.scratch('thumbs'))
    const making = strip.make(film, tools)
    await strip.dispose()
    await making
    expect(await strip.path(planStrip(media).count - 1, 10_000)).toBeNull()
  })

  /** The bars of a numbered film are 1 : 10 of its width. */
  async function frameNumber(path: string): Promise<number> {
    const raw = clips.scratch('frame.rgb')
    const size = `scale=${clips.CODE_WIDTH}:${clips.CODE_HEIGHT}`
    await clips.ffmpeg('-i', path, '-vf', size, '-pix_fmt', 'rgb24', '-f', 'rawvideo', raw)
    return clips.readFrameNumber(await readFile(raw), clips.CODE_WIDTH, clips.CODE_HEIGHT)
  }
})

describe('peaks', () => {
  it('are the lowest and highest sample of each bin at every level', () => {
    const wave = Float32Array.from({ length: 2 * 20_000 }, (_, at) => Math.sin(at) * (at % 2 === 0 ? -1 : 1))
    const { samplesPerPeak, levels } = pyramidOf(wave, 64)
    expect(samplesPerPeak).toEqual([64, 512, 4096, 32_768, 262_144])
    expect(levels.map((level) => level.length / 2)).toEqual([20_000, 2500, 313, 40, 5])
    const bin = wave.subarray(2 * 64 * 7, 2 * 64 * 8)
    expect(levels[2]![14]).toBe(Math.min(...bin.filter((_, at) => at % 2 === 0)))
    expect(levels[2]![15]).toBe(Math.max(...bin.filter((_, at) => at % 2 === 1)))
  })

  it('of the film are cached; a silent film has none', async () => {
    const film = await probe(await clips.clickFilm('mov', 0.3), tools)
    const folder = clips.scratch('cache')
    const { levels } = await originalPeaks(film, join(folder, 'peaks.bin'), tools)
    // The click at 0.1 s of a sound that is 0.3 s late; louder on the left.
    const at = Math.floor((0.4 * 48_000) / 64)
    expect(levels[0]![2 * at + 1]).toBeCloseTo(0.8, 2)
    const noTools = { ...tools, ffmpeg: '/nowhere' }
    expect((await originalPeaks(film, join(folder, 'peaks.bin'), noTools)).levels[0]).toEqual(levels[0])
    const silent = await probe(await clips.silentFilm(), tools)
    expect(await originalPeaks(silent, join(folder, 'other.bin'), noTools)).toEqual({ samplesPerPeak: [], levels: [] })
  })

  it('of a take count from its start; long films are drawn more coarsely', async () => {
    const folder = clips.scratch('takes')
    await mkdir(folder)
    await writeTake(folder, 't1', 128)
    const { levels } = await takePeaks(join(folder, 't1.wav'), 144_000)
    expect([...levels[0]!].map((value) => Math.round(value * 2 ** 20))).toEqual([0, 63, 64, 127])
    expect([basePeak(599 * 48_000), basePeak(600 * 48_000)]).toEqual([64, 256])
  })
})

describe('readWavSlice', () => {
  it('reads a stretch by its place, with zeros outside', async () => {
    const folder = clips.scratch('takes')
    await writeTake(folder, 't1', 100)
    const read = async (from: number, to: number) =>
      [...(await readWavSlice(join(folder, 't1.wav'), from, to))].map((value) => Math.round(value * 2 ** 20))
    expect(await read(10, 13)).toEqual([10, 11, 12])
    expect(await read(-2, 2)).toEqual([0, 0, 0, 1])
    expect(await read(98, 102)).toEqual([98, 99, 0, 0])
    expect(await read(200, 202)).toEqual([0, 0])
    expect(await read(-9, -7)).toEqual([0, 0])
  })
})
