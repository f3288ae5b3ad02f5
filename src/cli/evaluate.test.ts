import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EvaluationReport } from '../main/analysis/evaluate'
import { noise } from '../main/analysis/random'
import type { MonoSound, ReadMono } from '../main/analysis/sound'
import { findTools } from '../main/media/tools'
import { evaluateCommand, readOneShots } from './evaluate'
import { matchFiles } from './evaluate-files'
import { onsetsCommand, type OnsetsReport } from './onsets'

const RATE = 22_050

/** Three hits, `delaySec` late. */
function track(delaySec: number): MonoSound {
  const samples = new Float32Array(4 * RATE)
  const grain = noise(RATE / 2, 9)
  for (const timeSec of [0.5, 1.7, 2.9]) {
    const start = Math.round((timeSec + delaySec) * RATE)
    grain.forEach((value, i) => (samples[start + i]! += 0.6 * value * Math.exp(-i / 600)))
  }
  return { samples, sampleRate: RATE }
}

let folder = ''
/** The sound of a file is said by its folder. */
const readMono: ReadMono = (path) => Promise.resolve(track(basename(dirname(path)) === 'late' ? 0.04 : 0))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foley evaluate é '))
  const files = ['ref/a.mp4', 'ref/b.mov', 'ref/c.mp4', 'ref/notes.txt', 'late/a.mp4', 'late/a.wav', 'late/b.mp4']
  for (const name of [...files, 'exact/a.flac', 'exact/z.wav', 'empty/.hidden.wav', 'shots/deep/one.flac']) {
    await mkdir(join(folder, dirname(name)), { recursive: true })
    await writeFile(join(folder, name), '')
  }
  await writeFile(
    join(folder, 'clips.json'),
    JSON.stringify([{ file: 'a.mp4', hits: [0.5, 1.7], annotated_until: 2.5 }])
  )
  await writeFile(join(folder, 'other.json'), JSON.stringify([{ file: 'nobody.mp4', hits: [] }]))
  await writeFile(join(folder, 'broken.json'), '[')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const at = (...names: string[]): string => join(folder, ...names)

async function evaluate(...args: string[]): Promise<string> {
  let output = ''
  await evaluateCommand(readMono, (text) => (output += text)).parseAsync(args, { from: 'user' })
  return output
}

async function report(...args: string[]): Promise<EvaluationReport> {
  return JSON.parse(await evaluate('--reference', at('ref'), ...args, '--json')) as EvaluationReport
}

describe('matching files', () => {
  it('goes by stem, prefers the uncompressed track, and tells what it left out', async () => {
    const { files, warnings } = await matchFiles(at('ref'), [at('late')])
    expect(files.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(files[0]!.generatedPaths).toEqual([at('late', 'a.wav')])
    expect(warnings).toEqual([])
    const both = await matchFiles(at('ref'), [at('late'), at('exact')])
    expect(both.files.map(({ name }) => name)).toEqual(['a'])
    expect(both.warnings.length).toBe(2)
  })

  it('refuses folders that are not there and folders that share nothing', async () => {
    await expect(matchFiles(at('nowhere'), [])).rejects.toMatchObject({ code: 'input.unreadable' })
    await expect(matchFiles(at('ref'), [at('empty')])).rejects.toMatchObject({ code: 'input.empty' })
    await expect(matchFiles(at('empty'), [])).rejects.toMatchObject({ code: 'input.empty' })
  })
})

describe('foley evaluate', () => {
  it('prints one object with rows, clips and the spread over folders', async () => {
    const { rows, overFolders, clips } = await report(
      '--generated',
      at('late'),
      '--generated',
      at('exact'),
      '--draws',
      '20'
    )
    expect(rows.map(({ row }) => row)).toEqual(['generated', 'generated', 'oracle', 'chance'])
    expect(clips).toBe(1)
    expect(rows[0]!.summary.attackMedianSec).toBeCloseTo(0.04, 3)
    expect(rows[1]!.summary.attackMedianSec).toBe(0)
    expect(overFolders!.mean.attackMedianSec).toBeCloseTo(0.02, 3)
    expect(rows[2]!.source).toBe('synthetic click')
  })

  it('passes its options on', async () => {
    const strict = await report('--generated', at('late'), '--tolerance', '0.02', '--rows', 'none')
    expect(strict.rows.map(({ row }) => row)).toEqual(['generated'])
    expect(strict.rows[0]!.summary.attackF1).toBe(0)
    const cut = await report('--generated', at('late'), '--segment', '2', '--max-sec', '3.5', '--rows', 'reference')
    expect(cut.clips).toBe(4)
    expect(cut.settings).toMatchObject({ segmentSec: 2, maxSec: 3.5 })
    const labelled = await report('--generated', at('late'), '--labels', at('clips.json'), '--rows', 'none')
    expect(labelled.rows[0]!.summary).toMatchObject({ labelAttackF1: 1, labelOnsetF1: 1 })
    const shots = await report('--oneshots', at('shots'), '--rows', 'oracle')
    expect(shots.rows[0]!.source).toContain('1 one-shots of')
  })

  it('prints an aligned table for a person', async () => {
    const lines = (await evaluate('--reference', at('ref'), '--generated', at('late'), '--draws', '5')).split('\n')
    expect(lines[0]).toMatch(/ACC +AP +F1/)
    expect(lines[1]).toContain('+40.')
    // Numbers stand under the end of their title.
    const end = lines[0]!.indexOf('ACC') + 3
    for (const line of lines.slice(1, 4)) expect(line.slice(0, end)).toMatch(/ [01]\.\d{3}$/)
    expect(lines.join('\n')).toContain('2 files, 2 clips of 10 s')
  })

  it.each([
    ['request.range', ['--tolerance', '2']],
    ['request.range', ['--segment', 'ten']],
    ['request.range', ['--draws', '1.5']],
    ['request.range', ['--rows', 'oracle,luck']],
    ['input.unreadable', ['--labels', 'nowhere.json']],
    ['request.unsupported', ['--embedding', 'nowhere.onnx']]
  ])('refuses with %s: %j', async (code, args) => {
    await expect(report(...args)).rejects.toMatchObject({ code })
  })

  it('refuses labels that are no JSON or of other clips, and a folder without one-shots', async () => {
    await expect(report('--labels', at('broken.json'))).rejects.toMatchObject({ code: 'request.invalid' })
    await expect(report('--labels', at('other.json'))).rejects.toMatchObject({ code: 'input.empty' })
    await expect(report('--oneshots', at('empty'))).rejects.toMatchObject({ code: 'input.empty' })
    const silent: ReadMono = () => Promise.resolve({ samples: new Float32Array(RATE), sampleRate: RATE })
    await expect(readOneShots(at('shots'), 0, silent)).rejects.toMatchObject({ code: 'input.empty' })
  })
})

describe('with real media', () => {
  /** 16-bit mono WAV. */
  function wav({ samples, sampleRate }: MonoSound): Buffer {
    const bytes = Buffer.alloc(44 + 2 * samples.length)
    bytes.write('RIFF', 0)
    bytes.writeUInt32LE(36 + 2 * samples.length, 4)
    bytes.write('WAVEfmt ', 8)
    bytes.writeUInt32LE(16, 16)
    for (const [value, at] of [[1, 20], [1, 22], [2, 32], [16, 34]] as const) bytes.writeUInt16LE(value, at) // prettier-ignore
    bytes.writeUInt32LE(sampleRate, 24)
    bytes.writeUInt32LE(2 * sampleRate, 28)
    bytes.write('data', 36)
    bytes.writeUInt32LE(2 * samples.length, 40)
    samples.forEach((value, i) => bytes.writeInt16LE(Math.round(Math.max(-1, Math.min(1, value)) * 32_767), 44 + 2 * i))
    return bytes
  }

  it('decodes film and stem at their own rates and finds a delay of 40 ms', async () => {
    const { ffmpeg } = await findTools()
    for (const name of ['film', 'stem']) await mkdir(at(name))
    await writeFile(at('dry.wav'), wav(track(0)))
    await writeFile(at('stem', 'x.wav'), wav(track(0.04)))
    const picture = ['-f', 'lavfi', '-i', 'color=black:size=64x64:rate=25:duration=4']
    const sound = ['-c:a', 'aac', '-ar', '44100', '-ac', '2', '-b:a', '192k']
    await execa(ffmpeg, ['-v', 'error', ...picture, '-i', at('dry.wav'), ...sound, at('film', 'x.mp4')])
    let output = ''
    const args = ['--reference', at('film'), '--generated', at('stem'), '--rows', 'none', '--json']
    await evaluateCommand(undefined, (text) => (output += text)).parseAsync(args, { from: 'user' })
    const { rows } = JSON.parse(output) as EvaluationReport
    expect(rows[0]!.summary.f1).toBe(1)
    expect(rows[0]!.summary.attackMedianSec).toBeCloseTo(0.04, 2)
    expect(Math.abs(rows[0]!.summary.attackMedianSec! - 0.04)).toBeLessThan(0.0025)
  })

  it('passes on what is wrong with a file', async () => {
    await mkdir(at('bad'))
    await writeFile(at('bad', 'x.wav'), 'no sound')
    const run = evaluateCommand(undefined, () => undefined).parseAsync(['--reference', at('bad')], { from: 'user' })
    await expect(run).rejects.toMatchObject({ code: 'input.not-media' })
  })
})

describe('foley onsets', () => {
  const onsets = async (...args: string[]): Promise<string> => {
    let output = ''
    await onsetsCommand(readMono, (text) => (output += text)).parseAsync(args, { from: 'user' })
    return output
  }

  it('lists both detectors as JSON and as CSV', async () => {
    const json = JSON.parse(await onsets('x/late/a.wav', '--json')) as OnsetsReport
    expect(json).toMatchObject({ file: 'x/late/a.wav', durationSec: 4, sampleRate: RATE })
    expect(json.onsets.length).toBe(3)
    expect(json.attacks.map(({ timeSec }) => Math.round(timeSec * 1000))).toEqual([540, 1740, 2940])
    const lines = (await onsets('x/late/a.wav')).trim().split('\n')
    expect(lines[0]).toBe('detector,time_sec,confidence,level_db')
    expect(lines.filter((line) => /^attack,\d+\.\d+,,-?\d/.test(line)).length).toBe(3)
    expect(lines.length).toBe(7)
  })

  it('says which sync points sound', async () => {
    const report = JSON.parse(await onsets('x/late/a.wav', '--sync', '0.52,1.0,2.93', '--json')) as OnsetsReport
    expect(report.control).toMatchObject({ points: 3, attacks: 3 })
    expect(report.control!.offsetsSec.map((offset) => Math.round(offset * 1000))).toEqual([20, 10])
  })
})
