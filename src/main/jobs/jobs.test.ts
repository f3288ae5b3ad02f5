/** Analysis and generation on the real engine process with the fixture pack, and once with the pack that ships. */
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EngineStatus, JobUpdate } from '@shared/ipc'
import type { Take } from '@shared/project'
import * as clips from '../../test/clips'
import { buildEngineProcess, temporaryFolder, type DisposableFolder } from '../engine/testing'
import type { MediaInfo } from '../media/media-info'
import { probe } from '../media/probe'
import { findTools, type MediaTools } from '../media/tools'
import { readWav } from '../media/wav-read'
import { takePath } from './known-context'
import { readLatents, readLatentsHeader } from './latents-file'
import { benchOf, generateJob, SETTINGS, type Bench } from './testing'

let tools: MediaTools
let entry: DisposableFolder
let film: MediaInfo
let folder: DisposableFolder
let bench: Bench
beforeAll(async () => {
  tools = await findTools()
  entry = await buildEngineProcess()
  film = await probe(await clips.hdFilm(), tools)
})
afterAll(() => entry[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await temporaryFolder()
  bench = benchOf(entry.path, film, folder.path)
})
afterEach(async () => {
  await bench.jobs.dispose()
  await folder[Symbol.asyncDispose]()
})

const takesFolder = (): string => join(folder.path, 'takes')
const soundOf = async (take: Take): Promise<Float32Array> =>
  (await readWav(takePath(takesFolder(), take.id, 'wav'))).samples
const updates = (): JobUpdate[] => bench.told.flatMap(({ name, event }) => (name === 'job' ? [event] : []))
const statuses = (): EngineStatus[] => bench.told.flatMap(({ name, event }) => (name === 'engine' ? [event] : []))
const filesLeft = (): Promise<string[]> => readdir(takesFolder()).catch(() => [])
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const draw = async (...[range, change]: Parameters<typeof generateJob>): Promise<Take> =>
  (await bench.jobs.generate(generateJob(range, change))).takes[0]!
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await sleep(5)
}

function bends(track: Float32Array, at: number): { seam: number; around: number } {
  const bend = (n: number): number => Math.abs(track[n - 1]! - 2 * track[n]! + track[n + 1]!)
  const places = Array.from({ length: 48_000 }, (_, i) => at - 24_000 + i).filter((n) => n > 0 && n < track.length - 1)
  const around = places.map(bend).sort((a, b) => a - b)
  return { seam: Math.max(bend(at - 1), bend(at)), around: around[Math.floor(around.length * 0.999)]! }
}

/** The track where `take` plays over its range and `base` outside. */
function over(base: Float32Array, take: Take, sound: Float32Array): Float32Array {
  const track = base.slice()
  track.set(sound, take.fromSample)
  return track
}

const WHOLE = { fromSample: 0, toSample: 480_000 }
const ODD = { fromSample: 193_333, toSample: 289_777 }

describe('warmUp', () => {
  const states = (): string[] => statuses().map(({ state }) => state)

  it('loads the pack beside what else is done; who needs it waits for that, and nobody loads it twice', async () => {
    bench.jobs.warmUp()
    bench.jobs.warmUp()
    await bench.jobs.cancelAll()
    await bench.jobs.analyse({ jobId: 'a' })
    bench.jobs.warmUp()
    await bench.jobs.analyse({ jobId: 'b' })
    expect(states()).toEqual(['loading', 'ready'])
    expect(bench.pids).toHaveLength(1)
  })

  it('leaves it to the next job to say what is wrong', async () => {
    bench.packPath = join(folder.path, 'nothing')
    bench.jobs.warmUp()
    await until(() => states().includes('idle'))
    expect(bench.logged).toContain('the pack could not be loaded ahead')
    await expect(bench.jobs.analyse({ jobId: 'a' })).rejects.toMatchObject({ code: 'pack.not-found' })
    expect(states()).toEqual(['loading', 'idle', 'loading', 'failed'])
  })

  it('loads what was chosen meanwhile', async () => {
    bench.jobs.warmUp()
    bench.packPath = resolve('resources/models/hits')
    await bench.jobs.resetEngine()
    await bench.jobs.analyse({ jobId: 'a' })
    expect(statuses().at(-1)).toMatchObject({ state: 'ready', pack: expect.stringMatching(/^hits /) as string })
  })

  it.each([0, 100])('leaves no process behind and tells of no failure, left after %d ms', async (ms) => {
    bench.jobs.warmUp()
    await sleep(ms)
    await bench.jobs.dispose()
    expect(bench.pids.filter(isRunning)).toEqual([])
    expect(states()).not.toContain('failed')
    expect(bench.logged).not.toContain('the pack could not be loaded ahead')
  })
})

describe('analyse', () => {
  it('suggests impacts, tells what it does, and is not done twice', async () => {
    const { suggestions } = await bench.jobs.analyse({ jobId: 'a' })
    expect(suggestions.every(({ probability }) => probability >= 0.3)).toBe(true)
    expect(suggestions.every(({ timeSec }) => timeSec >= 0 && timeSec <= 10)).toBe(true)
    expect(statuses().map(({ state }) => state)).toEqual(['loading', 'ready'])
    expect(statuses().at(-1)).toMatchObject({ pack: expect.stringMatching(/^fixture /) as string, provider: 'cpu' })
    const again = performance.now()
    const strict = await bench.jobs.analyse({ jobId: 'b', threshold: 0.9 })
    expect(performance.now() - again).toBeLessThan(100)
    expect(strict.suggestions.every(({ probability }) => probability >= 0.9)).toBe(true)
    expect(updates().filter(({ state }) => state === 'done')).toHaveLength(2)
    expect(bench.logged.some((line) => line.includes(`engine process ${bench.pids[0]}`))).toBe(true)
  })

  it('looks anew at another film', async () => {
    await bench.jobs.analyse({ jobId: 'a' })
    bench.film = await probe(await clips.silentFilm(), tools)
    bench.filmKey = 'another'
    const take = await draw({ fromSample: 0, toSample: 144_000 })
    expect(await soundOf(take)).toHaveLength(144_000)
  })
})

describe('generate', () => {
  it('draws exactly the range, as a Broadcast Wave that knows its place, with its latents', async () => {
    const job = generateJob(ODD, { seeds: [5, 6], firstNumber: 3, pictureOffsetSamples: -1200 })
    const { takes } = await bench.jobs.generate(job)
    expect(takes.map(({ name, settings }) => [name, settings.seed])).toEqual([
      ['Take 3', 5],
      ['Take 4', 6]
    ])
    for (const take of takes) {
      expect(take).toMatchObject({ ...ODD, provider: 'cpu', pack: { id: 'fixture' }, pictureOffsetSamples: -1200 })
      const wav = await readWav(takePath(takesFolder(), take.id, 'wav'))
      expect(wav).toMatchObject({ channels: 1, sampleRate: 48_000, bitsPerSample: 24, timeReferenceSamples: 193_333 })
      expect(wav.samples).toHaveLength(ODD.toSample - ODD.fromSample)
      // Nothing continues at its edges.
      expect([wav.samples[0], wav.samples.at(-1)]).toEqual([0, 0])
      const header = await readLatentsHeader(takePath(takesFolder(), take.id, 'latents'))
      expect(header).toMatchObject({ channels: 128, rateHz: 50, fromLatent: 201, count: 101, packHash: take.pack.hash })
      expect(take.attacks.every(({ sample }) => sample >= ODD.fromSample && sample < ODD.toSample)).toBe(true)
    }
    expect(await soundOf(takes[0]!)).not.toEqual(await soundOf(takes[1]!))
    expect(await filesLeft()).toHaveLength(4)
    const fractions = updates().map(({ fraction }) => fraction)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
  })

  it('regenerates a region without a seam, between takes that go on outside', async () => {
    const base = await draw(WHOLE)
    const baseSound = await soundOf(base)
    // As the window asks: the region's own segment reaches over the drawn range.
    const context = [{ takeId: base.id, takeFromSample: base.fromSample, fromSample: 1333, toSample: 480_000 }]
    const redrawn = await draw(ODD, { seeds: [77], context })
    // It says what it goes on from and into, so that nothing is faded there.
    expect(redrawn).toMatchObject({ joinsBefore: base.id, joinsAfter: base.id })
    expect(base).toMatchObject({ joinsBefore: null, joinsAfter: null })
    const track = over(baseSound, redrawn, await soundOf(redrawn))
    for (const at of [ODD.fromSample, ODD.toSample]) {
      const { seam, around } = bends(track, at)
      expect(seam).toBeLessThanOrEqual(around)
    }
    expect(track.subarray(ODD.fromSample + 1000, ODD.fromSample + 2000)).not.toEqual(
      baseSound.subarray(ODD.fromSample + 1000, ODD.fromSample + 2000)
    )
    // Beside the new one, where the first has nothing on disk: both takes' latents are context.
    const rest = { fromSample: ODD.toSample, toSample: 400_001 }
    const third = await draw(rest, {
      seeds: [9],
      context: [
        { takeId: redrawn.id, takeFromSample: ODD.fromSample, ...ODD },
        { takeId: base.id, takeFromSample: base.fromSample, fromSample: rest.toSample, toSample: 480_000 }
      ]
    })
    const longer = over(track, third, await soundOf(third))
    for (const at of [rest.fromSample, rest.toSample]) {
      const { seam, around } = bends(longer, at)
      expect(seam).toBeLessThanOrEqual(around)
    }
  })

  it('latents around the range are known: the same seed with and without them differs', async () => {
    const base = await draw(WHOLE)
    const context = [{ takeId: base.id, takeFromSample: 0, ...WHOLE }]
    const [alone, within] = [await draw(ODD, { seeds: [7] }), await draw(ODD, { seeds: [7], context })]
    const path = (take: Take): string => takePath(takesFolder(), take.id, 'latents')
    const rows = async (take: Take, from: number, to: number): Promise<Float32Array> =>
      readLatents(path(take), (await readLatentsHeader(path(take)))!, from, to)
    expect(await rows(alone, 201, 302)).not.toEqual(await rows(within, 201, 302))
  })

  it('points are heeded in the modes that want them, and a missing take does no harm', async () => {
    const settings = { ...SETTINGS, syncMode: 'only' as const }
    const context = [{ takeId: 'gone', takeFromSample: 0, fromSample: 0, toSample: 100_000 }]
    const range = { fromSample: 100_000, toSample: 148_000 }
    expect(await draw(range, { settings, syncPoints: [{ timeSec: 2.5 }], context })).toMatchObject(range)
    await expect(draw({ fromSample: 470_000, toSample: 480_001 })).rejects.toMatchObject({ code: 'request.range' })
    await expect(draw(range, { settings: { ...settings, material: 'nonsense' } })).rejects.toMatchObject({
      code: 'pack.no-material'
    })
    expect(await filesLeft()).toHaveLength(2)
  })
})

describe('cancel, crash, reset', () => {
  it('answers a cancel at once, frees the CPU within a second, leaves no file, and goes on', async () => {
    await bench.jobs.analyse({ jobId: 'a' })
    const job = generateJob(WHOLE, { settings: { ...SETTINGS, steps: 200 }, seeds: [1, 2, 3] })
    const drawing = bench.jobs.generate(job)
    await until(() => updates().some(({ jobId, phase }) => jobId === job.jobId && phase === 'sample'))
    const began = performance.now()
    bench.jobs.cancel(job.jobId)
    await expect(drawing).rejects.toMatchObject({ name: 'AbortError' })
    expect(performance.now() - began).toBeLessThan(100)
    expect(updates().at(-1)).toMatchObject({ jobId: job.jobId, state: 'cancelled' })
    await bench.jobs.cancelAll()
    expect(performance.now() - began).toBeLessThan(1000)
    expect(statuses().some(({ state }) => state === 'failed')).toBe(false)
    expect(await filesLeft()).toEqual([])
    expect(await soundOf(await draw(ODD))).toHaveLength(ODD.toSample - ODD.fromSample)
  })

  it('says why the engine died, and starts it again for the next job', async () => {
    await bench.jobs.analyse({ jobId: 'a' })
    const job = generateJob(WHOLE, { settings: { ...SETTINGS, steps: 200 } })
    const drawing = bench.jobs.generate(job)
    const failed = expect(drawing).rejects.toMatchObject({ code: 'engine.crashed' })
    await until(() => updates().some(({ jobId, phase }) => jobId === job.jobId && phase === 'sample'))
    process.kill(bench.pids[0]!, 'SIGKILL')
    await failed
    expect(statuses().at(-1)).toMatchObject({ state: 'failed', reason: expect.stringContaining('SIGKILL') as string })
    expect(await filesLeft()).toEqual([])
    await draw(ODD)
    expect(statuses().at(-1)).toMatchObject({ state: 'ready' })
    expect(bench.pids).toHaveLength(2)
  })

  it('tells of a death between jobs too', async () => {
    await bench.jobs.analyse({ jobId: 'a' })
    process.kill(bench.pids[0]!, 'SIGKILL')
    await until(() => statuses().at(-1)?.state === 'failed')
    await draw(ODD)
    expect(statuses().at(-1)).toMatchObject({ state: 'ready' })
  })

  it('a pack that cannot be loaded is refused with its reason, and the next try is a new one', async () => {
    const { packPath } = bench
    bench.packPath = join(folder.path, 'nothing')
    await expect(bench.jobs.analyse({ jobId: 'a' })).rejects.toMatchObject({ code: 'pack.not-found' })
    expect(statuses().at(-1)).toMatchObject({ state: 'failed', reason: expect.stringContaining('nothing') as string })
    bench.packPath = packPath
    await bench.jobs.analyse({ jobId: 'b' })
    await bench.jobs.resetEngine()
    expect(statuses().at(-1)).toMatchObject({ state: 'idle' })
    await until(() => !isRunning(bench.pids.at(-1)!))
    await draw(ODD)
    await bench.jobs.dispose()
    expect(bench.pids.some(isRunning)).toBe(false)
  })

  it('work in the background has a job of its own', async () => {
    const value = await bench.jobs.background('proxy', 'Making a proxy', (_signal, onFraction) => {
      onFraction(0.5)
      return Promise.resolve(3)
    })
    expect(value).toBe(3)
    expect(updates().at(-1)).toMatchObject({ kind: 'proxy', label: 'Making a proxy', state: 'done', fraction: 1 })
  })
})

describe('the pack that ships', () => {
  it('joins without a seam', { timeout: 240_000 }, async () => {
    bench.packPath = resolve('resources/models/hits')
    bench.film = await probe(resolve('samples/stick.mp4'), tools)
    bench.filmKey = 'stick'
    const total = Math.round(bench.film.durationSec * 48_000)
    const settings = { ...SETTINGS, steps: 8 }
    const base = await draw({ fromSample: 0, toSample: total }, { settings })
    const baseSound = await soundOf(base)
    expect(baseSound).toHaveLength(total)
    expect(base.attacks.length).toBeGreaterThan(0)
    const range = { fromSample: Math.round(total * 0.4) + 7, toSample: Math.round(total * 0.7) + 1 }
    const context = [{ takeId: base.id, takeFromSample: base.fromSample, fromSample: 0, toSample: total }]
    for (const seed of [77, 78]) {
      const redrawn = await draw(range, { settings, seeds: [seed], context })
      const track = over(baseSound, redrawn, await soundOf(redrawn))
      for (const at of [range.fromSample, range.toSample]) {
        const { seam, around } = bends(track, at)
        expect(seam).toBeLessThanOrEqual(around)
      }
    }
  })
})
