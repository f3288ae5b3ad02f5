import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import type { OriginalMode } from '@shared/requests'
import * as clips from '../../test/clips'
import { loudSamples, peak } from '../../test/samples'
import { decodeAudio } from './audio'
import { exportFilm, type ExportRequest, planExport } from './export'
import type { MediaInfo } from './media-info'
import { probe } from './probe'
import { findTools, type MediaTools } from './tools'
import { WavWriter } from './wav'

let tools: MediaTools
beforeAll(async () => {
  tools = await findTools()
})

/** A mono sound of the film's exact length with clicks at 0.25 s and at its second to last sample but 2,000. */
async function foleyFor(film: MediaInfo, level = 0.8): Promise<{ path: string; clicks: number[]; frames: number }> {
  const frames = Math.round(film.durationSec * 48_000)
  const samples = new Float32Array(frames)
  const positions = [12_000, frames - 2002]
  for (const position of positions) samples[position] = level
  const path = clips.scratch('foley.wav')
  const writer = await WavWriter.create(path, { sampleRate: 48_000, channels: 1 })
  await writer.write(samples)
  await writer.close()
  return { path, clicks: positions, frames }
}

interface Exported {
  readonly film: MediaInfo
  readonly out: MediaInfo
  readonly warnings: readonly string[]
  readonly clicks: readonly number[]
  readonly frames: number
}

async function exported(source: string, name = 'out.mp4', options: Partial<ExportRequest> = {}): Promise<Exported> {
  const film = await probe(source, tools)
  const foley = await foleyFor(film)
  const plan = planExport(film, clips.scratch(name))
  const request = { film, plan, foleyPath: foley.path, original: 'replace', gainDb: 0, ...options } as const
  const warnings = await exportFilm(request, tools)
  return { film, out: await probe(plan.path, tools), warnings, clicks: foley.clicks, frames: foley.frames }
}

const ffprobePicture = async (path: string, ...show: string[]): Promise<string> => {
  const { stdout } = await execa('ffprobe', ['-v', 'error', '-select_streams', 'v:0', ...show, '-of', 'csv=p=0', path])
  return stdout
}

/** The bytes of the picture's packets. */
async function streamHash(path: string): Promise<string> {
  const { stdout } = await execa('ffmpeg', [
    '-v',
    'error',
    '-i',
    path,
    '-map',
    '0:v:0',
    '-c',
    'copy',
    '-f',
    'streamhash',
    '-'
  ])
  return stdout
}

/** Every decoded frame with its time from time zero and its hash, turned upright. */
async function decodedFrames({ path, startSec }: MediaInfo): Promise<{ times: number[]; hashes: string[] }> {
  const args = ['-copyts', '-i', path, '-map', '0:v:0', '-fps_mode', 'passthrough', '-enc_time_base', '1/720000']
  const { stdout } = await execa('ffmpeg', ['-v', 'error', ...args, '-f', 'framemd5', '-'])
  const rows = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const cells = rows.map((row) => row.split(',').map((cell) => cell.trim()))
  return { times: cells.map((row) => Number(row[2]) / 720_000 - startSec), hashes: cells.map((row) => row[5]!) }
}

async function expectSamePicture({ film, out }: Exported): Promise<void> {
  const [before, after] = [await decodedFrames(film), await decodedFrames(out)]
  expect(before.hashes.length).toBeGreaterThan(20)
  expect(after.hashes).toEqual(before.hashes)
  expect(after.times).toHaveLength(before.times.length)
  after.times.forEach((time, i) => expect(Math.abs(time - before.times[i]!)).toBeLessThan(2e-6))
  expect(out.video).toMatchObject({
    codec: film.video!.codec,
    rotationDeg: film.video!.rotationDeg,
    sampleAspect: film.video!.sampleAspect
  })
}

/** AAC is lossy, but a click stays where it is. */
async function expectSoundToTheSample({ out, clicks, frames }: Exported): Promise<void> {
  // Bare: what a player decodes, not what our own placement makes of it.
  const bare = ['-v', 'error', '-i', out.path, '-map', '0:a:0', '-ac', '1', '-f', 'f32le', '-']
  const { stdout } = await execa('ffmpeg', bare, { encoding: 'buffer', maxBuffer: 1e9 })
  const length = stdout.byteLength / 4
  expect(length).toBeGreaterThanOrEqual(frames)
  expect(length).toBeLessThanOrEqual(frames + 1024)
  const samples = await decodeAudio(out, { sampleRate: 48_000, channels: 1, durationSec: frames / 48_000 }, tools)
  expect(loudSamples(samples)).toEqual(clicks)
  expect(out.audio[0]).toMatchObject({ sampleRate: 48_000, channels: 2, startSec: 0 })
}

describe('exportFilm leaves the picture as it is and puts the sound to the sample', () => {
  it.each([
    ['plain', clips.plainFilm, 'out.mp4'],
    ['without sound', clips.silentFilm, 'out.mp4'],
    ['that starts late', clips.lateFilm, 'out.mp4'],
    ['that starts late by a fraction of a millisecond', clips.slightlyLateFilm, 'out.mov'],
    ['of variable rate', clips.variableRateFilm, 'out.mp4'],
    ['rotated', clips.rotatedFilm, 'out.mp4'],
    ['with an edit list', clips.trimmedFilm, 'out.mp4'],
    ['in ProRes', clips.proResFilm, 'out.mov'],
    ['of 29.97 fps and 61 s', clips.longNtscFilm, 'out.mp4'],
    ['truncated', clips.truncatedFilm, 'out.mp4']
  ])('of a film %s', async (name, make, output) => {
    const source = await make()
    const result = await exported(source, output)
    await expectSamePicture(result)
    await expectSoundToTheSample(result)
    if (name === 'truncated') return
    expect(await streamHash(result.out.path)).toBe(await streamHash(source))
    const packets = ['-show_entries', 'packet=pts,dts,size,flags']
    expect(await ffprobePicture(result.out.path, ...packets)).toBe(await ffprobePicture(source, ...packets))
    expect(result.out.durationSec).toBeCloseTo(result.film.durationSec, 2)
  })

  it.each([
    ['MPEG transport stream', clips.transportStream, 'out.mp4'],
    ['Matroska', clips.matroska, 'out.mp4'],
    ['AVI', clips.avi, 'out.mp4'],
    ['WebM (VP8)', clips.webm, 'out.mkv']
  ])('of an %s', async (_name, make, output) => {
    const result = await exported(await make(), output)
    await expectSamePicture(result)
    await expectSoundToTheSample(result)
  })

  it.each(['mix', 'duck', 'second-track'] as const)('of a transport stream (%s)', async (original) => {
    const result = await exported(await clips.clickFilm('ts', 0.5), 'out.mp4', { original })
    await expectSamePicture(result)
    const { clicks, film, out } = result
    const originals = [4800, 33_600].map((click) => click + Math.round(film.audio[0]!.startSec * 48_000))
    const heard: number[][] = []
    for (const { index: streamIndex } of out.audio) {
      heard.push(loudSamples(await decodeAudio(out, { sampleRate: 48_000, channels: 1, streamIndex }, tools)))
    }
    if (original === 'second-track') expect(heard).toEqual([clicks, originals])
    if (original === 'mix') expect(heard).toEqual([[...clicks, ...originals].sort((a, b) => a - b)])
    if (original === 'duck') expect(heard[0]).toEqual(expect.arrayContaining([...clicks]))
  })

  it('keeps the start timecode', async () => {
    const { out } = await exported(await clips.timecodeFilm(), 'out.mov')
    expect(out.video).toMatchObject({ timecode: '01:00:00;02', dropFrame: true })
  })
})

describe('exportFilm with the original sound', () => {
  /** Peak around an instant, of a track. */
  const levelAt = async (out: MediaInfo, sample: number, track = 0): Promise<number> => {
    const request = { sampleRate: 48_000, channels: 1, streamIndex: out.audio[track]!.index } as const
    const sound = await decodeAudio(out, request, tools)
    return peak(sound.subarray(Math.max(0, sample - 300), sample + 300))
  }
  const make = (original: OriginalMode, gainDb = 0): Promise<Exported> =>
    clips.plainFilm().then((path) => exported(path, 'out.mp4', { original, gainDb }))
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
    const { out, warnings } = await exported(path, 'out.mp4', { original: 'second-track' })
    expect(out.audio).toMatchObject([{ channels: 2 }, { channels: 6, codec: 'aac' }])
    expect(warnings).toHaveLength(1)
  })

  it.each(['mix', 'duck', 'second-track'] as const)(
    '%s: a silent film gets the new sound alone, and a word',
    async (original) => {
      const { out, warnings } = await exported(await clips.silentFilm(), 'out.mp4', { original })
      expect(out.audio).toHaveLength(1)
      expect(warnings).toHaveLength(1)
    }
  )

  it('says when the sum is over full scale', async () => {
    const result = await exported(await clips.silentFilm(), 'out.mp4', { gainDb: 6 })
    expect(result.warnings.join()).toContain('4.1 dB')
  })

  it('gives the same bytes each time', async () => {
    const [first, second] = [await make('mix'), await make('mix')]
    expect(await readFile(first.out.path)).toEqual(await readFile(second.out.path))
  })
})

describe('planExport', () => {
  it('writes ProRes as MOV and says so', async () => {
    const result = await exported(await clips.proResFilm(), 'asked.mp4')
    expect(result.out.path).toMatch(/asked\.mov$/)
    expect(result.warnings[0]).toContain('prores')
  })

  it('refuses what copying would undo', async () => {
    const film = await probe(await clips.splicedFilm(), tools)
    expect(() => planExport(film, 'out.mp4')).toThrow(expect.objectContaining({ code: 'request.unsupported' }))
  })

  it('refuses a MOV that would become the input itself', async () => {
    const film = await probe(await clips.proResFilm(), tools)
    const foley = await foleyFor(film)
    const plan = planExport(film, film.path.replace('.mov', '.mp4'))
    const exporting = exportFilm({ film, plan, foleyPath: foley.path, original: 'replace', gainDb: 0 }, tools)
    await expect(exporting).rejects.toMatchObject({ code: 'output.same-as-input' })
  })
})

describe('exportFilm when it fails', () => {
  const attempt = async (
    target: string,
    options: Partial<ExportRequest> = {},
    signal?: AbortSignal
  ): Promise<unknown> => {
    const film = await probe(await clips.longNtscFilm(), tools)
    const foley = await foleyFor(film)
    const plan = planExport(film, target)
    const request = { film, plan, foleyPath: foley.path, original: 'replace', gainDb: 0, ...options } as const
    return exportFilm(request, tools, signal)
  }
  const besides = async (target: string): Promise<string[]> =>
    (await readdir(dirname(target))).filter((name) => name.startsWith('.foley-'))

  it('leaves the earlier file and nothing else when it is aborted, within a second', async () => {
    const target = clips.scratch('kept.mp4')
    await writeFile(target, 'an earlier film')
    const controller = new AbortController()
    let began = 0
    const onFraction = (): void => {
      began ||= performance.now()
      controller.abort()
    }
    await expect(attempt(target, { onFraction }, controller.signal)).rejects.toMatchObject({ name: 'AbortError' })
    expect(performance.now() - began).toBeLessThan(1000)
    expect(await readFile(target, 'utf8')).toBe('an earlier film')
    expect(await besides(target)).toEqual([])
  })

  it('leaves the earlier file when ffmpeg fails', async () => {
    const target = clips.scratch('kept.mp4')
    await writeFile(target, 'an earlier film')
    const film = await probe(await clips.longNtscFilm(), tools)
    const broken = { ...film, video: { ...film.video!, index: 7 } }
    await expect(attempt(target, { film: broken })).rejects.toMatchObject({ code: 'ffmpeg.failed' })
    expect(await readFile(target, 'utf8')).toBe('an earlier film')
    expect(await besides(target)).toEqual([])
  })

  it('reports a growing share that ends at 1', async () => {
    const seen: number[] = []
    await attempt(clips.scratch('out.mp4'), { onFraction: (fraction) => seen.push(fraction) })
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(1)
  })

  it('tells a full disk from any other failure', async () => {
    const disk = await smallDisk(1024)
    if (disk === undefined) return
    try {
      const target = join(disk, 'out.mp4')
      await attempt(target)
      const { size } = await stat(target)
      const earlier = await readFile(target)
      // Room for half of the film; and for all of it but the index, where ffmpeg 5.1 ends with status 0.
      for (const room of [size / 2, size - 8192]) {
        await writeFile(join(disk, 'filler'), Buffer.alloc(1_048_576 - size - Math.ceil(room)))
        await expect(attempt(target)).rejects.toMatchObject({ code: 'output.disk-full' })
        expect(await readdir(disk)).toEqual(['filler', 'out.mp4'])
        expect(await readFile(target)).toEqual(earlier)
      }
    } finally {
      await execa('umount', [disk])
    }
  })
})

/** A file system of so many KiB, where we may mount one; without, `output.test.ts` stands in with /dev/full. */
async function smallDisk(kibibytes: number): Promise<string | undefined> {
  const folder = clips.scratch('disk')
  await execa('mkdir', [folder])
  const mounted = await execa('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder], { reject: false })
  return mounted.exitCode === 0 ? folder : undefined
}
