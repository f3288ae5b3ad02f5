import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { type Exported, exported, foleyFor } from '../../test/exported'
import { loudSamples } from '../../test/samples'
import { decodeAudio } from './audio'
import { exportFilm, planExport } from './export'
import type { MediaInfo } from './media-info'
import { probe } from './probe'
import { findTools, type MediaTools } from './tools'

let tools: MediaTools
beforeAll(async () => {
  tools = await findTools()
})

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
    const result = await exported(tools, source, output)
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
    ['MPEG transport stream that was cut off', clips.truncatedStream, 'out.mp4'],
    ['Matroska', clips.matroska, 'out.mp4'],
    ['AVI', clips.avi, 'out.mp4'],
    ['WebM (VP8)', clips.webm, 'out.mkv']
  ])('of an %s', async (_name, make, output) => {
    const result = await exported(tools, await make(), output)
    await expectSamePicture(result)
    await expectSoundToTheSample(result)
  })

  it.each(['mix', 'duck', 'second-track'] as const)('of a transport stream (%s)', async (original) => {
    const result = await exported(tools, await clips.clickFilm('ts', 0.5), 'out.mp4', { original })
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
    const { out } = await exported(tools, await clips.timecodeFilm(), 'out.mov')
    expect(out.video).toMatchObject({ timecode: '01:00:00;02', dropFrame: true })
  })
})

describe('planExport', () => {
  it('writes ProRes as MOV and says so', async () => {
    const result = await exported(tools, await clips.proResFilm(), 'asked.mp4')
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
