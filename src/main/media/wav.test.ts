import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { timeReferenceSamples, timecodeToFrame } from './time-reference'
import { WavWriter } from './wav'
import { WAV_HEADER_BYTES, wavHeader } from './wav-header'
import { readWav, readWavInfo } from './wav-read'

const MONO = { sampleRate: 48_000, channels: 1 } as const

async function written(
  samples: Float32Array,
  options: Parameters<typeof WavWriter.create>[1]
): Promise<{ path: string; summary: Awaited<ReturnType<WavWriter['close']>> }> {
  const path = clips.scratch('sound.wav')
  const writer = await WavWriter.create(path, options)
  const half = 2 * Math.floor(samples.length / 4)
  await writer.write(samples.subarray(0, half))
  await writer.write(samples.subarray(half))
  return { path, summary: await writer.close() }
}

describe('WavWriter', () => {
  it('writes what readers read, to half a step of 24 bits', async () => {
    const samples = Float32Array.from({ length: 2002 }, (_, i) => Math.sin(i / 7) * 0.99)
    const { path, summary } = await written(samples, {
      sampleRate: 48_000,
      channels: 2,
      timeReferenceSamples: 172_972_800
    })
    expect(summary).toMatchObject({ frames: 1001, clippedSamples: 0 })
    const read = await readWav(path)
    expect(read).toMatchObject({ frames: 1001, channels: 2, bitsPerSample: 24, timeReferenceSamples: 172_972_800 })
    expect(Math.max(...read.samples.map((value, i) => Math.abs(value - samples[i]!)))).toBeLessThanOrEqual(2 ** -24)

    const show = ['-show_entries', 'stream=codec_name,channels,sample_rate:format_tags=time_reference:format=duration']
    const { stdout } = await execa('ffprobe', [
      '-v',
      'error',
      ...show,
      '-of',
      'default=noprint_wrappers=1:nokey=1',
      path
    ])
    expect(stdout.split('\n')).toEqual(['pcm_s24le', '48000', '2', '0.020854', '172972800'])
  })

  it('pads an odd number of bytes, which the length does not count', async () => {
    const { path } = await written(Float32Array.of(0.1, 0.2, 0.3), MONO)
    expect((await stat(path)).size).toBe(WAV_HEADER_BYTES + 9 + 1)
    expect((await readFile(path)).readUInt32LE(4)).toBe(WAV_HEADER_BYTES + 10 - 8)
    expect((await readWavInfo(path)).frames).toBe(3)
  })

  it('holds what is over full scale at the limit, and counts it', async () => {
    const { path, summary } = await written(Float32Array.of(1, -1, 1.5, -2, NaN), MONO)
    expect(summary).toEqual({ frames: 5, clippedSamples: 3, peak: 2 })
    const top = (2 ** 23 - 1) / 2 ** 23
    expect([...(await readWav(path)).samples]).toEqual([top, -1, top, -1, 0].map(Math.fround))
  })

  it('gives the same bytes for the same sound', async () => {
    const [first, second] = await Promise.all([0, 1].map(() => written(Float32Array.of(0.5, -0.5), MONO)))
    expect(await readFile(first!.path)).toEqual(await readFile(second!.path))
  })

  it('tells a full disk, and a folder that is not there', async () => {
    const full = await WavWriter.create('/dev/full', MONO).catch((error: unknown) => error)
    expect(full).toMatchObject({ code: 'output.disk-full' })
    await expect(WavWriter.create('/nowhere/a.wav', MONO)).rejects.toMatchObject({ code: 'output.unwritable' })
  })
})

describe('wavHeader', () => {
  it('becomes RF64 over 4 GiB, with its lengths as 64 bits', async () => {
    const frames = 1_500_000_000
    const header = wavHeader({ sampleRate: 48_000, channels: 1, bitsPerSample: 24 }, frames)
    expect(header).toHaveLength(WAV_HEADER_BYTES)
    expect(header.toString('latin1', 0, 4)).toBe('RF64')
    const path = clips.scratch('large.wav')
    await writeFile(path, header)
    expect(await readWavInfo(path)).toMatchObject({ frames })
    const { stdout } = await execa('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'stream=duration_ts',
      '-of',
      'csv=p=0',
      path
    ])
    expect(stdout.trim()).toBe(String(frames))
    await rm(path)
  })
})

describe('readWav', () => {
  it.each(['pcm_s16le', 'pcm_s24le', 'pcm_f32le'])('reads %s as ffmpeg writes it', async (codec) => {
    const path = clips.scratch(`${codec}.wav`)
    await clips.ffmpeg('-i', await clips.clicks(), '-c:a', codec, path)
    const { samples, frames, timeReferenceSamples: reference } = await readWav(path)
    expect([frames, samples[9600]!.toFixed(3), samples[9601]!.toFixed(3), reference]).toEqual([
      48_000,
      '0.800',
      '0.400',
      undefined
    ])
  })

  it('refuses anything else', async () => {
    await expect(readWav(await clips.silentFilm())).rejects.toMatchObject({ code: 'input.not-media' })
    const path = clips.scratch('law.wav')
    await clips.ffmpeg('-i', await clips.clicks(), '-c:a', 'pcm_mulaw', path)
    await expect(readWav(path)).rejects.toMatchObject({ code: 'input.not-media' })
    for (const shape of [
      { sampleRate: 0, channels: 1 },
      { sampleRate: 48_000, channels: 0 }
    ]) {
      await writeFile(path, wavHeader({ ...shape, bitsPerSample: 24 }, 9))
      await expect(readWavInfo(path)).rejects.toMatchObject({ code: 'input.not-media' })
    }
  })
})

describe('timeReferenceSamples', () => {
  const ntsc = { num: 30_000, den: 1001 }

  it('undoes timecode, dropped labels included', () => {
    expect(timecodeToFrame('00:00:59:24', { num: 25, den: 1 })).toBe(59 * 25 + 24)
    expect(timecodeToFrame('00:01:00;02', ntsc)).toBe(1800)
    expect(timecodeToFrame('00:10:00;00', ntsc)).toBe(17_982)
    expect(timecodeToFrame('01:00:00;00', ntsc)).toBe(107_892)
    expect(timecodeToFrame('01:00:00:00', ntsc)).toBe(108_000)
    expect(timecodeToFrame('one hour', ntsc)).toBeUndefined()
  })

  it('points at time zero, before a picture that starts late', () => {
    const rate = { num: 25, den: 1 }
    const video = { timecode: '00:00:10:00', avgRate: rate, rRate: rate, startSec: 0.5 }
    expect(timeReferenceSamples({ video })).toBe(9.5 * 48_000)
    expect(timeReferenceSamples({})).toBe(0)
  })

  it('counts by the rate that is meant, as the document does', () => {
    const tenHours = { timecode: '10:00:00;00', startSec: 0, rRate: ntsc }
    const exact = timeReferenceSamples({ video: { ...tenHours, avgRate: ntsc } })
    expect(exact / 48_000).toBeCloseTo(36_000, 0)
    expect(timeReferenceSamples({ video: { ...tenHours, avgRate: { num: 2997, den: 100 } } })).toBe(exact)
    const oneHour = { timecode: '01:00:00:00', startSec: 0, rRate: { num: 30, den: 1 } }
    expect(timeReferenceSamples({ video: { ...oneHour, avgRate: { num: 359, den: 12 } } })).toBe(3600 * 48_000)
  })
})
