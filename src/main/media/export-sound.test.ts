import { readFile } from 'node:fs/promises'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import type { OriginalMode } from '@shared/requests'
import * as clips from '../../test/clips'
import { type Exported, exported } from '../../test/exported'
import { peak } from '../../test/samples'
import { decodeAudio } from './audio'
import { exportFilm, planExport } from './export'
import type { MediaInfo } from './media-info'
import { probe } from './probe'
import { findTools, type MediaTools } from './tools'
import { WavWriter } from './wav'

let tools: MediaTools
beforeAll(async () => {
  tools = await findTools()
})

describe('exportFilm with the original sound', () => {
  /** Peak around an instant, of a track. */
  const levelAt = async (out: MediaInfo, sample: number, track = 0): Promise<number> => {
    const request = { sampleRate: 48_000, channels: 1, streamIndex: out.audio[track]!.index } as const
    const sound = await decodeAudio(out, request, tools)
    return peak(sound.subarray(Math.max(0, sample - 300), sample + 300))
  }
  const make = (original: OriginalMode, gainDb = 0): Promise<Exported> =>
    clips.plainFilm().then((path) => exported(tools, path, 'out.mp4', { original, gainDb }))
  /** The tone of `plainFilm`: ffmpeg's sine has an amplitude of 1/8, and spreading it over two channels costs 3 dB. */
  const TONE = 0.125 * Math.SQRT1_2

  it('replace: only the new sound', async () => {
    const { out } = await make('replace')
    expect(await levelAt(out, 72_000)).toBeLessThan(1e-3)
  })

  it('mix: both at their own level', async () => {
    const { out } = await make('mix')
    expect(await levelAt(out, 72_000)).toBeCloseTo(TONE, 2)
    expect(await levelAt(out, 12_000)).toBeGreaterThan(0.7)
  })

  it('gain: of the new sound only', async () => {
    const { out } = await make('mix', -6.0206)
    expect(await levelAt(out, 72_000)).toBeCloseTo(TONE, 2)
    const level = await levelAt(out, 12_000)
    expect(level).toBeGreaterThan(0.35)
    expect(level).toBeLessThan(0.55)
  })

  it('duck: the original gives way where the new sound is, and only there', async () => {
    const film = await probe(await clips.plainFilm(), tools)
    const path = clips.scratch('burst.wav')
    const writer = await WavWriter.create(path, { sampleRate: 48_000, channels: 1 })
    // Noise from 1 s to 1.5 s, far above the tone's pitch so that the tone can be told from it.
    await writer.write(
      Float32Array.from({ length: 144_000 }, (_, i) => (i >= 48_000 && i < 72_000 ? (-1) ** i * 0.5 : 0))
    )
    await writer.close()
    const plan = planExport(film, clips.scratch('out.mp4'))
    await exportFilm({ film, plan, foleyPath: path, original: 'duck', gainDb: 0 }, tools)
    const sound = await decodeAudio(await probe(plan.path, tools), { sampleRate: 8000, channels: 1 }, tools)
    const level = (fromSec: number): number => peak(sound.subarray(fromSec * 8000, (fromSec + 0.2) * 8000))
    expect(level(0.5)).toBeCloseTo(TONE, 2)
    expect(level(1.2)).toBeLessThan(TONE / 2)
    expect(level(2.5)).toBeCloseTo(TONE, 2)
  })

  it('second-track: the new sound first, the original copied behind it', async () => {
    const source = await clips.plainFilm()
    const { out } = await make('second-track')
    expect(out.audio).toMatchObject([{ isDefault: true }, { isDefault: false, codec: 'aac' }])
    const packets = async (path: string, track: number): Promise<string> => {
      const map = ['-map', `0:a:${track}`, '-c', 'copy', '-f', 'streamhash', '-']
      return (await execa('ffmpeg', ['-v', 'error', '-i', path, ...map])).stdout
    }
    expect(await packets(out.path, 1)).toBe(await packets(source, 0))
    expect(await levelAt(out, 72_000, 1)).toBeCloseTo(TONE, 2)
  })

  it('second-track: keeps the channels of what must be coded anew', async () => {
    const path = clips.scratch('surround.mkv')
    const sound = ['-f', 'lavfi', '-i', 'sine=d=3,aformat=channel_layouts=5.1', '-c:a', 'flac']
    await clips.ffmpeg('-i', await clips.silentFilm(), ...sound, '-c:v', 'copy', path)
    const { out, warnings } = await exported(tools, path, 'out.mp4', { original: 'second-track' })
    expect(out.audio).toMatchObject([{ channels: 2 }, { channels: 6, codec: 'aac' }])
    expect(warnings).toHaveLength(1)
  })

  it('second-track: keeps more channels than FLAC has, in Matroska', async () => {
    const path = clips.scratch('many.mov')
    const sound = ['-f', 'lavfi', '-i', `aevalsrc=${Array(12).fill('0').join('|')}:d=3`, '-c:a', 'pcm_s16le']
    await clips.ffmpeg('-i', await clips.silentFilm(), ...sound, '-c:v', 'copy', path)
    const { out } = await exported(tools, path, 'out.mkv', { original: 'second-track' })
    expect(out.audio).toMatchObject([{ channels: 2 }, { channels: 12, codec: 'pcm_s24le' }])
  })

  it.each(['mix', 'duck', 'second-track'] as const)(
    '%s: a silent film gets the new sound alone, and a word',
    async (original) => {
      const { out, warnings } = await exported(tools, await clips.silentFilm(), 'out.mp4', { original })
      expect(out.audio).toHaveLength(1)
      expect(warnings).toHaveLength(1)
    }
  )

  it('says when the sum is over full scale', async () => {
    const result = await exported(tools, await clips.silentFilm(), 'out.mp4', { gainDb: 6 })
    expect(result.warnings.join()).toContain('4.1 dB')
  })

  it('gives the same bytes each time', async () => {
    const [first, second] = [await make('mix'), await make('mix')]
    expect(await readFile(first.out.path)).toEqual(await readFile(second.out.path))
  })
})
