/** A film that is looked at in pieces. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobUpdate } from '@shared/ipc'
import * as clips from '../../test/clips'
import { Engine } from '../engine/engine'
import {
  buildEngineProcess,
  FIXTURE_PACK,
  largestDifference,
  temporaryFolder,
  type DisposableFolder
} from '../engine/testing'
import { streamFrames } from '../media/frames'
import type { MediaInfo } from '../media/media-info'
import { probe } from '../media/probe'
import { findTools, type MediaTools } from '../media/tools'
import { FilmAnalysis } from './analysis'
import { benchOf, generateJob } from './testing'

let tools: MediaTools
let film: MediaInfo
beforeAll(async () => {
  tools = await findTools()
  const path = clips.scratch('long.mp4')
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=64x36:r=25:d=200']
  await clips.ffmpeg(...source, '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', path)
  film = await probe(path, tools)
})

const silence = { signal: new AbortController().signal, onFraction: () => undefined }

describe('FilmAnalysis', () => {
  it('sees in pieces what it would see in one', async () => {
    const engine = await Engine.load({ packPath: FIXTURE_PACK, provider: 'cpu', threads: 1 })
    const { visual } = engine.info.manifest
    const ready = { engine, info: engine.info }
    const target = { film, filmKey: 'long', media: tools }
    const whole = await engine.encode(streamFrames(film, visual, tools))
    const analysis = new FilmAnalysis()
    expect(analysis.unseen(target, ready)).toHaveLength(10)
    const part = await analysis.stretch(target, ready, { fromSec: 59, toSec: 61 }, silence)
    expect(analysis.unseen(target, ready)).toHaveLength(8)
    expect(part.firstFrame).toBe(1000)
    const columns = visual.featureChannels
    const wanted = whole.features.subarray(1000 * columns, 2000 * columns)
    expect(largestDifference(part.features, wanted)).toBeLessThan(1e-4)
    const all = await analysis.stretch(target, ready, { fromSec: 0, toSec: 200 }, silence)
    expect(all.firstFrame).toBe(0)
    expect(largestDifference(all.features, whole.features)).toBeLessThan(1e-4)
    const times = (suggestions: readonly { timeSec: number }[]): string[] =>
      suggestions.map(({ timeSec }) => timeSec.toFixed(3))
    expect(times(analysis.suggestions(target, ready))).toEqual(times(whole.suggestedSync))
    await engine.dispose()
  })
})

describe('a long film', () => {
  let entry: DisposableFolder
  beforeAll(async () => void (entry = await buildEngineProcess()))
  afterAll(() => entry[Symbol.asyncDispose]())

  it('a generation does not wait for the whole analysis, nor make it look twice', async () => {
    await using folder = await temporaryFolder()
    const bench = benchOf(entry.path, film, folder.path)
    const order: string[] = []
    const analysing = bench.jobs.analyse({ jobId: 'analysis' }).then(() => order.push('analysis'))
    const second = bench.jobs.analyse({ jobId: 'second' }).then(() => order.push('second'))
    const range = { fromSample: 150 * 48_000, toSample: 152 * 48_000 }
    const { takes } = await bench.jobs.generate(generateJob(range, { jobId: 'take' }))
    order.push('take')
    await Promise.all([analysing, second])
    expect(takes[0]).toMatchObject(range)
    expect(order[0]).toBe('take')
    const updates = bench.told.flatMap(({ name, event }): JobUpdate[] => (name === 'job' ? [event] : []))
    const fractions = updates.filter(({ jobId }) => jobId === 'analysis').map(({ fraction }) => fraction)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    await bench.jobs.dispose()
  })
})
