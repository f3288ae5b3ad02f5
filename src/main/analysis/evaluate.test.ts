import { describe, expect, it } from 'vitest'
import { quantile, standardDeviation } from '@shared/statistics'
import { drawChance, shiftCircular } from './chance'
import { evaluate, type EvaluateOptions } from './evaluate'
import { labelsWithin, parseLabels, stemOf } from './labels'
import { CLICK_BANK, placeOneShots, toOneShot } from './oracle'
import { itemSeed, noise, seededRandom } from './random'
import { type ClipTruth, METRICS } from './score'
import { type MonoSound, planSegments, type ReadMono, sliceSound } from './sound'

const RATE = 48_000

/** Hits of decaying noise over a little hiss, the same grain every time. */
function hits(timesSec: readonly number[], lengthSec: number, sampleRate = RATE): MonoSound {
  const samples = Float32Array.from(noise(Math.round(lengthSec * sampleRate), 3), (value) => 0.0005 * value)
  timesSec.forEach((timeSec, k) => {
    const start = Math.round(timeSec * sampleRate)
    const grain = noise(sampleRate / 4, 50 + k)
    for (let i = 0; i < grain.length && start + i < samples.length; i += 1) {
      samples[start + i]! += 0.7 * grain[i]! * Math.exp(-i / (0.03 * sampleRate))
    }
  })
  return { samples, sampleRate }
}

const TIMES = [0.5, 1.31, 2.04, 3.2, 4.4, 5.07, 6.6, 7.25, 8.8]
const later = (sec: number): number[] => TIMES.map((time) => time + sec)

const OPTIONS: EvaluateOptions = {
  folders: ['a'],
  segmentSec: 10,
  maxSec: Infinity,
  toleranceSec: 0.1,
  rows: [],
  draws: 50,
  seed: 1,
  oneShots: CLICK_BANK
}

/** A reader over named sounds, and one file for each list of names. */
function stage(sounds: Record<string, MonoSound>): ReadMono {
  return (path) => {
    const sound = sounds[path]
    return sound ? Promise.resolve(sound) : Promise.reject(new Error(`no ${path}`))
  }
}

describe('clips of a file', () => {
  it('cuts whole segments and keeps a last piece of half a segment', () => {
    expect(planSegments(34, 10)).toEqual({
      segments: [0, 10, 20].map((startSec) => ({ startSec, lengthSec: 10 })),
      droppedSec: 4
    })
    expect(planSegments(36, 10).segments.at(-1)).toEqual({ startSec: 30, lengthSec: 6 })
    expect(planSegments(3, 10)).toEqual({ segments: [{ startSec: 0, lengthSec: 3 }], droppedSec: 0 })
  })

  it('does not stumble over the padding of a codec', () => {
    expect(planSegments(30.005, 10)).toEqual({ segments: planSegments(30, 10).segments, droppedSec: 0 })
    expect(planSegments(29.995, 10).segments.length).toBe(3)
  })

  it('pads a sound that ended with silence', () => {
    const part = sliceSound({ samples: Float32Array.from([1, 2, 3, 4]), sampleRate: 2 }, 1, 3)
    expect(Array.from(part.samples)).toEqual([3, 4, 0, 0, 0, 0])
  })
})

describe('evaluate', () => {
  const reference = hits(TIMES, 10)
  const one = [{ name: 'x', referencePath: 'ref', generatedPaths: ['gen'] }]

  it('gives full marks to the reference itself', async () => {
    const report = await evaluate(one, stage({ ref: reference, gen: reference }), OPTIONS)
    expect(report.rows[0]!.summary).toMatchObject({ acc: 1, f1: 1, attackF1: 1, attackMedianAbsSec: 0 })
    expect(report.rows[0]!.summary.ap).toBeCloseTo(1, 12)
    expect(report).toMatchObject({ files: 1, clips: 1, overFolders: null, warnings: [] })
    expect(report.rows[0]!.clips[0]).toMatchObject({ name: 'x', referenceOnsets: TIMES.length, hits: TIMES.length })
  })

  it.each([44_100, 48_000])('measures a delay to the millisecond, with its sign, at %i Hz', async (rate) => {
    const sounds = stage({ ref: reference, gen: hits(later(0.037), 10, rate) })
    const { summary } = (await evaluate(one, sounds, OPTIONS)).rows[0]!
    expect(summary.attackMedianSec).toBeCloseTo(0.037, 3)
    expect(summary.attackP90AbsSec! - summary.attackMedianAbsSec!).toBeLessThan(0.001)
    const early = stage({ ref: reference, gen: hits(later(-0.021), 10, rate) })
    expect((await evaluate(one, early, OPTIONS)).rows[0]!.summary.attackMedianSec).toBeCloseTo(-0.021, 3)
  })

  it('scores half of the hits as half, and extra ones in precision only', async () => {
    const sounds = stage({ ref: reference, gen: hits(TIMES.slice(0, 5), 10) })
    const { summary } = (await evaluate(one, sounds, OPTIONS)).rows[0]!
    expect(summary.acc).toBeCloseTo(5 / 9, 9)
    expect(summary.precision).toBe(1)
    const more = stage({ ref: reference, gen: hits([...TIMES, 0.9, 2.6], 10) })
    const extra = (await evaluate(one, more, OPTIONS)).rows[0]!.summary
    expect(extra.acc).toBe(1)
    expect(extra.precision).toBeCloseTo(9 / 11, 9)
  })

  it('scores silence 0, and leaves out a clip where both sides are silent', async () => {
    const silence: MonoSound = { samples: new Float32Array(10 * RATE), sampleRate: RATE }
    const quiet = await evaluate(one, stage({ ref: reference, gen: silence }), OPTIONS)
    expect(quiet.rows[0]!.summary).toMatchObject({ acc: 0, ap: 0, f1: 0, attackF1: 0, attackMedianSec: null })
    const half = hits(TIMES, 20)
    const both = await evaluate(one, stage({ ref: half, gen: half }), OPTIONS)
    expect(both.clips).toBe(2)
    const rest: MonoSound = { samples: Float32Array.from(half.samples), sampleRate: RATE }
    rest.samples.fill(0, 10 * RATE)
    const skipped = await evaluate(one, stage({ ref: rest, gen: rest }), OPTIONS)
    expect(skipped.rows[0]!.skippedClips).toBe(1)
    expect(skipped.rows[0]!.summary.acc).toBe(1)
  })

  it('counts what a short track lacks as silence and says so', async () => {
    const report = await evaluate(one, stage({ ref: reference, gen: hits(TIMES.slice(0, 4), 4) }), OPTIONS)
    expect(report.warnings[0]).toContain('gen ends 6.00 s before')
    expect(report.rows[0]!.summary.acc).toBeCloseTo(4 / 9, 9)
  })

  it('reports mean and spread over several folders', async () => {
    const files = [{ name: 'x', referencePath: 'ref', generatedPaths: ['gen', 'none'] }]
    const silence: MonoSound = { samples: new Float32Array(10 * RATE), sampleRate: RATE }
    const sounds = stage({ ref: reference, gen: reference, none: silence })
    const { rows, overFolders } = await evaluate(files, sounds, { ...OPTIONS, folders: ['a', 'b'] })
    expect(rows.map(({ source }) => source)).toEqual(['a', 'b'])
    expect(overFolders).toMatchObject({ folders: 2, mean: { acc: 0.5 }, deviation: { acc: Math.SQRT1_2 } })
    expect(overFolders!.mean.attackMedianSec).toBeNull()
  })

  it('compares with labels inside the labelled range only', async () => {
    const labels = new Map([['x', { timesSec: [0.52, 1.3, 2.0, 3.5], untilSec: 4 }]])
    const sounds = stage({ ref: reference, gen: reference })
    const { summary } = (await evaluate(one, sounds, { ...OPTIONS, labels })).rows[0]!
    // Four labels, four attacks before 4 s (0.5, 1.31, 2.04, 3.2), three pairs.
    expect(summary.labelAttackF1).toBeCloseTo(6 / 8, 9)
    expect(summary.labelAttackMedianSec).toBeCloseTo(0.01, 3)
    const none = (await evaluate(one, sounds, OPTIONS)).rows[0]!.summary
    expect(none.labelAttackF1).toBeNull()
  })

  it('puts oracle above and chance below, the same for the same seed', async () => {
    const rows = ['oracle', 'chance', 'reference'] as const
    const options = { ...OPTIONS, folders: [], rows }
    const files = [{ name: 'x', referencePath: 'ref', generatedPaths: [] }]
    const report = await evaluate(files, stage({ ref: reference }), options)
    const [oracle, chance, self] = report.rows
    expect(oracle!.summary.f1).toBe(1)
    expect(oracle!.source).toBe('synthetic click')
    expect(oracle!.summary.attackMedianAbsSec).toBeLessThan(0.002)
    // Nine onsets, +-0.1 s of ten seconds each: 9 * 0.2 / 10 is what a shift hits by accident.
    expect(chance!.summary.acc).toBeGreaterThan(0.08)
    expect(chance!.summary.acc).toBeLessThan(0.32)
    expect(self!.summary.acc).toBe(1)
    expect(await evaluate(files, stage({ ref: reference }), options)).toEqual(report)
    const other = await evaluate(files, stage({ ref: reference }), { ...options, seed: 2 })
    expect(other.rows[1]!.summary).not.toEqual(chance!.summary)
  })

  it('computes a distance only with an embedding: 0 to itself, more to something else', async () => {
    const lengths: number[] = []
    const embed = (wave: Float32Array): Promise<Float32Array[]> => {
      lengths.push(wave.length)
      return Promise.resolve([0, 1, 2, 3].map((k) => wave.slice(k * 20_000, k * 20_000 + 2)))
    }
    const self = await evaluate(one, stage({ ref: reference, gen: reference }), { ...OPTIONS, embed })
    expect(self.rows[0]!.summary.fad).toBeCloseTo(0, 9)
    // Ten seconds at 16 kHz, of the reference and of the generated sound.
    expect(lengths).toEqual([160_000, 160_000])
    const other = stage({ ref: reference, gen: hits([0.0001, 1.25, 2.5, 3.75], 10) })
    expect((await evaluate(one, other, { ...OPTIONS, embed })).rows[0]!.summary.fad).toBeGreaterThan(1e-4)
    expect((await evaluate(one, other, OPTIONS)).rows[0]!.summary.fad).toBeNull()
  })

  it('refuses a reference without any onset, and stops when it is told to', async () => {
    const silence: MonoSound = { samples: new Float32Array(RATE), sampleRate: RATE }
    const empty: MonoSound = { samples: new Float32Array(0), sampleRate: RATE }
    const run = (ref: MonoSound, signal?: AbortSignal): Promise<unknown> =>
      evaluate(one, stage({ ref, gen: reference }), { ...OPTIONS, ...(signal ? { signal } : {}) })
    await expect(run(silence)).rejects.toMatchObject({ code: 'input.empty' })
    await expect(run(empty)).rejects.toMatchObject({ code: 'input.empty' })
    await expect(run(reference, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('chance', () => {
  const truth: ClipTruth = {
    name: 'x',
    startSec: 0,
    lengthSec: 10,
    onsets: [1, 9.5].map((timeSec) => ({ timeSec, confidence: timeSec / 10, amplitude: 0 })),
    attacksSec: [1, 9.5]
  }

  it('moves everything around the circle and carries the confidences', () => {
    const { onsets, attacksSec } = shiftCircular(truth, 1, 10)
    expect(attacksSec).toEqual([0.5, 2])
    expect(onsets.map(({ timeSec, confidence }) => [timeSec, confidence])).toEqual([
      [0.5, 0.95],
      [2, 0.1]
    ])
  })

  it('draws shifts over the whole circle', () => {
    const firsts = drawChance({ ...truth, attacksSec: [0] }, 2000, seededRandom(5)).map(
      ({ attacksSec }) => attacksSec[0]!
    )
    expect(quantile(firsts, 0.5)).toBeGreaterThan(4.6)
    expect(quantile(firsts, 0.5)).toBeLessThan(5.4)
    expect(Math.min(...firsts)).toBeLessThan(0.1)
    expect(Math.max(...firsts)).toBeGreaterThan(9.9)
  })
})

describe('oracle', () => {
  it('cuts a recording at its attack and refuses what holds two', () => {
    const shot = toOneShot(hits([0.3], 2))!
    expect(Math.abs(shot[0]!)).toBeGreaterThan(0.02)
    expect(shot.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBe(1)
    expect(toOneShot(hits([0.3, 0.8], 2))).toBeUndefined()
    expect(toOneShot({ samples: new Float32Array(RATE), sampleRate: RATE })).toBeUndefined()
  })

  it('places at the attack that an onset stands for, with its confidence', () => {
    const onset = (timeSec: number): ClipTruth['onsets'][number] => ({ timeSec, confidence: 0.5, amplitude: 0 })
    const truth = { name: 'x', startSec: 0, lengthSec: 4, onsets: [onset(1), onset(3)], attacksSec: [0.9, 0.98, 1.05] }
    const wave = placeOneShots(truth, Float32Array.from([1]))
    expect(wave.findIndex((value) => value !== 0) / 22_050).toBeCloseTo(0.98, 4)
    expect(wave[Math.round((3 - 0.023) * 22_050)]).toBe(0.5)
    expect(wave.filter((value) => value !== 0).length).toBe(2)
  })
})

describe('labels', () => {
  it('reads the shape of clips.json, by stem', () => {
    const json = [{ file: 'a/clip.one.mp4', split: 'val', hits: [[1.5, 'wood', 'hit'], 2], annotated_until: 34 }, { file: 'b.mov', hits: [] }] // prettier-ignore
    const labels = parseLabels(json, 'clips.json')
    expect(labels.get('clip.one')).toEqual({ timesSec: [1.5, 2], untilSec: 34 })
    expect(labels.get('b')).toEqual({ timesSec: [], untilSec: Infinity })
    expect(stemOf('C:\\films\\take 1.wav')).toBe('take 1')
  })

  it('says what is wrong with another shape', () => {
    expect(() => parseLabels([{ file: 'x', hits: ['soon'] }], 'l.json')).toThrow(
      expect.objectContaining({ code: 'request.invalid' })
    )
  })

  it('cuts to a clip and to the labelled range', () => {
    const labels = { timesSec: [9, 10, 12, 19.9, 20], untilSec: 15 }
    expect(labelsWithin(labels, 10, 10)).toEqual({ timesSec: [0, 2], untilSec: 5 })
    expect(labelsWithin(labels, 20, 10)).toBeUndefined()
  })
})

describe('numbers', () => {
  it('interpolates quantiles and divides deviations by n - 1', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect(quantile([1, 2, 3, 4, 5], 0.9)).toBeCloseTo(4.6, 12)
    expect(quantile([], 0.5)).toBeNull()
    expect(standardDeviation([1, 3])).toBeCloseTo(Math.SQRT2, 12)
    expect(standardDeviation([1])).toBeNull()
  })

  it('draws the same from the same seed, something else from the next item’s', () => {
    const draw = (seed: number): number[] => Array.from({ length: 3 }, seededRandom(seed))
    expect(draw(itemSeed(7, 1))).toEqual(draw(itemSeed(7, 1)))
    expect(draw(itemSeed(7, 1))).not.toEqual(draw(itemSeed(7, 2)))
    expect(draw(itemSeed(7, 1))).not.toEqual(draw(itemSeed(8, 1)))
  })

  it('names every metric once', () => expect(new Set(METRICS).size).toBe(METRICS.length))
})
