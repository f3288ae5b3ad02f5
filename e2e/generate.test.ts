import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PHASES } from '@shared/progress'
import { probe } from '../src/main/media/probe'
import { decodeAudio } from '../src/main/media/audio'
import { findTools } from '../src/main/media/tools'
import { readWavInfo } from '../src/main/media/wav-read'
import {
  lateFilm,
  plainFilm,
  silentFilm,
  textFile,
  transportStream,
  truncatedFilm,
  turningFilm,
  webm
} from '../src/test/clips'
import { foley, freshFolder, generate, generateArguments, picturePackets, startFoley } from './foley'

describe('foley generate', () => {
  it('writes the same picture with new sound of the film’s length, and says what it did', async () => {
    const folder = await freshFolder('plain')
    const [film, output] = [await plainFilm(), join(folder, 'out.mp4')]
    const result = await generate(film, output, '--stem', join(folder, 'stem.wav'), '--onsets', join(folder, 'o.csv'))
    expect(result).toMatchObject({
      output,
      sampleRate: 48_000,
      guidance: 4,
      steps: 2,
      solver: 'euler',
      provider: 'cpu'
    })
    expect(result.durationSec).toBeCloseTo(3, 1)
    expect(Object.keys(result.timingsSec)).toEqual([...PHASES, 'total'])
    expect(result.timingsSec.sample).toBeGreaterThan(0)
    expect(await picturePackets(output)).toBe(await picturePackets(film))
    const samples = Math.round(result.durationSec * 48_000)
    expect((await readWavInfo(join(folder, 'stem.wav'))).frames).toBe(samples)
    const tools = await findTools()
    const sound = await decodeAudio(await probe(output, tools), { sampleRate: 48_000, channels: 1 }, tools)
    expect(sound.length).toBeGreaterThanOrEqual(samples)
    expect(sound.length).toBeLessThanOrEqual(samples + 1024)
    expect(await readFile(join(folder, 'o.csv'), 'utf8')).toMatch(/^time_sec,confidence\n/)
    expect((await readdir(folder)).sort()).toEqual(['o.csv', 'out.mp4', 'stem.wav'])
  })

  it('gives the same stem for the same seed, byte for byte, and another for another', async () => {
    const folder = await freshFolder('seed')
    const film = await silentFilm()
    const stem = async (name: string, seed: string): Promise<Buffer> => {
      const path = join(folder, `${name}.wav`)
      await generate(film, join(folder, `${name}.mp4`), '--seed', seed, '--stem', path)
      return readFile(path)
    }
    const [first, again, other] = [await stem('first', '7'), await stem('again', '7'), await stem('other', '8')]
    expect(again.equals(first)).toBe(true)
    expect(other.equals(first)).toBe(false)
  })

  it('numbers takes and steps their seeds', async () => {
    const folder = await freshFolder('takes')
    const result = await generate(await silentFilm(), join(folder, 'out.mp4'), '--takes', '2', '--seed', '3')
    expect(result.takes.map(({ output, seed }) => [output, seed])).toEqual([
      [join(folder, 'out.mp4'), 3],
      [join(folder, 'out.take2.mp4'), 4]
    ])
    expect((await readdir(folder)).sort()).toEqual(['out.mp4', 'out.take2.mp4'])
  })

  it('is silent outside the asked range and not inside', async () => {
    const folder = await freshFolder('range')
    const stem = join(folder, 'stem.wav')
    await generate(await silentFilm(), join(folder, 'out.mp4'), '--from', '1', '--to', '2', '--stem', stem)
    const tools = await findTools()
    const info = await probe(stem, tools, { require: 'audio' })
    const sound = await decodeAudio(info, { sampleRate: 48_000, channels: 1 }, tools)
    const peak = (from: number, to: number): number =>
      sound.subarray(from, to).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    expect(peak(0, 48_000)).toBe(0)
    expect(peak(48_000, 96_000)).toBeGreaterThan(0)
    expect(peak(96_000, sound.length)).toBe(0)
  })

  it.each([
    ['starts late', lateFilm],
    ['is a transport stream', transportStream]
  ])('keeps every packet of a film that %s', async (_what, make) => {
    const folder = await freshFolder('odd')
    const film = await make()
    const output = join(folder, 'out.mp4')
    const result = await generate(film, output)
    const tools = await findTools()
    const [before, after] = [await probe(film, tools), await probe(output, tools)]
    expect(after.durationSec).toBeCloseTo(result.durationSec, 1)
    expect(after.video?.startSec).toBeCloseTo(before.video?.startSec ?? NaN, 2)
  })

  it('uses the encoder’s suggestions in the mode hints, and given points in any mode', async () => {
    const folder = await freshFolder('sync')
    const film = await silentFilm()
    const hints = await generate(film, join(folder, 'hints.mp4'), '--sync-mode', 'hints')
    const points = await generate(film, join(folder, 'points.mp4'), '--sync', '0.5,1.25@-6', '--sync-mode', 'only')
    expect([hints.syncMode, points.syncMode]).toEqual(['hints', 'only'])
    expect(hints.suggestedSync.length).toBeGreaterThan(0)
  })

  it('moves what the picture suggests by a picture offset', async () => {
    const folder = await freshFolder('offset')
    const film = await silentFilm()
    const times = async (...more: string[]): Promise<number[]> => {
      const { suggestedSync } = await generate(film, join(folder, `out${more.length}.mp4`), ...more)
      return suggestedSync.map(({ timeSec }) => timeSec)
    }
    const plain = await times()
    const early = await times('--picture-offset', '-0.02')
    const stayed = plain.map((time) => time - 0.02).filter((time) => time >= 0)
    expect(early).toHaveLength(stayed.length)
    for (const [index, time] of early.entries()) expect(time).toBeCloseTo(stayed[index]!, 9)
  })

  it('gives a converted film the picture offset that it needs, and says so, unless one is asked for', async () => {
    const folder = await freshFolder('converted')
    const film = await turningFilm('30000/1001')
    const result = await generate(film, join(folder, 'out.mp4'))
    expect(result.pictureOffsetSec).toBe(-0.033)
    expect(result.warnings.join()).toContain('converted from 30 to 25 frames a second')
    const asked = await generate(film, join(folder, 'asked.mp4'), '--picture-offset', '0')
    expect(asked).toMatchObject({ pictureOffsetSec: 0, warnings: [] })
  })

  it('reads the picture offset from the film’s own sound, or says that it does not tell', async () => {
    const folder = await freshFolder('own-sound')
    const real = ['--model', 'hits', '--steps', '8', '--takes', '1']
    const late = join(folder, 'late.mp4')
    await generate('samples/stick.mp4', late, ...real, '--picture-offset', '0.05')
    const matched = await generate(late, join(folder, 'matched.mp4'), ...real, '--picture-offset', 'sound')
    expect(matched.pictureOffsetSec).toBeGreaterThan(0.035)
    expect(matched.pictureOffsetSec).toBeLessThan(0.065)
    expect(matched.warnings).toEqual([])
    const silent = await generate(await silentFilm(), join(folder, 'silent.mp4'), '--picture-offset', 'sound')
    expect(silent.warnings.join()).toContain('does not tell how far it is from the picture')
    const blind = await generate(late, join(folder, 'blind.mp4'), '--picture-offset', 'sound')
    expect(blind.pictureOffsetSec).toBe(0)
    expect(blind.warnings.join()).toContain('does not tell how far it is from the picture')
  })

  it('takes a material that the pack has, and names those that it has for one that it has not', async () => {
    const folder = await freshFolder('material')
    const film = await silentFilm()
    await generate(film, join(folder, 'metal.mp4'), '--material', 'metal')
    const ran = await foley(generateArguments(film, join(folder, 'no.mp4'), '--material', 'cheese'))
    expect(ran.exitCode).toBe(5)
    expect(ran.stderr).toContain('[pack.no-material]')
    expect(ran.stderr).toContain('wood, metal')
  })

  it('ends within a second of Ctrl-C and leaves nothing', async () => {
    const folder = await freshFolder('interrupt')
    const output = join(folder, 'out.mp4')
    await writeFile(output, 'earlier')
    const child = startFoley(generateArguments(await plainFilm(), output, '--steps', '200', '--takes', '4'))
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const began = performance.now()
    child.interrupt()
    const { exitCode, stderr } = await child.ended
    expect(performance.now() - began).toBeLessThan(1000)
    expect(exitCode).toBe(130)
    expect(stderr).toContain('Cancelled')
    expect(await readdir(folder)).toEqual(['out.mp4'])
    expect(await readFile(output, 'utf8')).toBe('earlier')
  })
})

describe('foley batch', () => {
  const batch = async (
    from: string,
    to: string,
    ...more: readonly string[]
  ): Promise<{ status: number | undefined; report: unknown }> => {
    const ran = await foley(['batch', from, ...generateArguments('', to).slice(2), ...more])
    return { status: ran.exitCode, report: JSON.parse(ran.stdout) as unknown }
  }
  const filled = async (films: Readonly<Record<string, string>>): Promise<string> => {
    const folder = await freshFolder('in')
    for (const [name, source] of Object.entries(films)) await copyFile(source, join(folder, name))
    return folder
  }

  it('makes what is missing, skips what is there, and reports what failed', async () => {
    const from = await filled({ 'a.mp4': await silentFilm(), 'b.mp4': await textFile() })
    const to = await freshFolder('out')
    const failed = [{ film: 'b.mp4', error: { code: 'input.not-media' } }]
    expect(await batch(from, to)).toMatchObject({ status: 3, report: { done: ['a.mp4'], skipped: [], failed } })
    expect(await batch(from, to)).toMatchObject({ status: 3, report: { done: [], skipped: ['a.mp4'], failed } })
  })

  it('knows its own output in another container, and tells what a person should know', async () => {
    const from = await filled({ 'cut.mp4': await truncatedFilm(), 'web.webm': await webm() })
    const to = await freshFolder('out')
    expect(await batch(from, to)).toMatchObject({
      status: 0,
      report: { done: ['cut.mp4', 'web.webm'], warnings: [{ film: 'cut.mp4' }, { film: 'web.webm' }] }
    })
    expect((await readdir(to)).sort()).toEqual(['cut.mp4', 'web.mkv'])
    expect(await batch(from, to)).toMatchObject({ report: { done: [], skipped: ['cut.mp4', 'web.webm'] } })
  })

  it('makes both of two films that share a name', async () => {
    const film = await silentFilm()
    const [from, to] = [await filled({ 'a.mov': film, 'A.mp4': film }), await freshFolder('out')]
    expect(await batch(from, to)).toMatchObject({ report: { done: ['A.mp4', 'a.mov'], skipped: [] } })
    expect((await readdir(to)).sort()).toEqual(['A.mp4.mp4', 'a.mov.mp4'])
  })

  it.each<[string, number, (from: string) => Promise<{ to: string; more?: string[] }>, string]>([
    ['the films’ own folder', 4, (from) => Promise.resolve({ to: from }), 'output.same-as-input'],
    ['a file', 4, async () => ({ to: await textFile() }), 'output.unwritable'],
    [
      'a setting that fits no film',
      2,
      async () => ({ to: await freshFolder('out'), more: ['--steps', '0'] }),
      'request.range'
    ]
  ])('refuses %s before the first film', async (_what, status, make, code) => {
    const from = await filled({ 'a.mp4': await silentFilm() })
    const { to, more = [] } = await make(from)
    expect(await batch(from, to, ...more)).toMatchObject({ status, report: { error: { code } } })
    expect(await readdir(from)).toEqual(['a.mp4'])
  })
})
