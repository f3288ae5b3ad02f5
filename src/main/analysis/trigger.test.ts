import { describe, expect, it } from 'vitest'
import { evaluate, type EvaluateOptions } from './evaluate'
import { CLICK_BANK, type OneShotBank } from './oracle'
import { noise } from './random'
import type { MonoSound } from './sound'
import { parseTriggers } from './trigger'

const RATE = 22_050
const TIMES = [0.5, 1.7, 3.2, 4.6, 6.1, 7.7, 9.1]

/** Clicks at `timesSec`, each with its gain in dB. */
function clicks(timesSec: readonly number[], lengthSec: number): MonoSound {
  const samples = new Float32Array(lengthSec * RATE)
  for (const timeSec of timesSec) {
    noise(RATE / 5, 7).forEach((value, i) => {
      const at = Math.round(timeSec * RATE) + i
      if (at < samples.length) samples[at]! += 0.5 * value * Math.exp(-i / 400)
    })
  }
  return { samples, sampleRate: RATE }
}

const OPTIONS: EvaluateOptions = {
  folders: [],
  segmentSec: 10,
  maxSec: Infinity,
  toleranceSec: 0.1,
  rows: [],
  draws: 10,
  seed: 1,
  oneShots: CLICK_BANK
}

const points = (timesSec: readonly number[], loudnessDb = -6): { timeSec: number; loudnessDb: number }[] =>
  timesSec.map((timeSec) => ({ timeSec, loudnessDb }))

async function score(
  files: Record<string, { timeSec: number; loudnessDb: number }[]>,
  lengthSec = 10,
  bank?: OneShotBank
) {
  const reference = clicks(
    [...TIMES, ...TIMES.map((time) => time + 10)].filter((time) => time < lengthSec),
    lengthSec
  )
  const report = await evaluate(
    [{ name: 'film', referencePath: 'film', generatedPaths: [] }],
    () => Promise.resolve(reference),
    { ...OPTIONS, triggers: [{ name: 'seen', files }], ...(bank === undefined ? {} : { oneShots: bank }) }
  )
  return report.rows[0]!
}

describe('the row trigger', () => {
  it('plays a sound at each impact seen, to the millisecond', async () => {
    const { row, source, summary } = await score({ film: points(TIMES.map((time) => time + 0.03)) })
    expect({ row, source }).toEqual({ row: 'trigger', source: 'seen' })
    expect(summary).toMatchObject({ acc: 1, f1: 1, attackF1: 1 })
    expect(summary.attackMedianSec).toBeCloseTo(0.03, 3)
  })

  it('counts what was seen where nothing sounds, and scores a film without suggestions 0', async () => {
    const { summary } = await score({ film: points([...TIMES, 2.4, 5.3]) })
    expect(summary).toMatchObject({ acc: 1 })
    expect(summary.precision).toBeCloseTo(7 / 9, 9)
    expect((await score({ other: points(TIMES) })).summary).toMatchObject({ acc: 0, f1: 0 })
  })

  it('reads times from the start of the film, not of the clip', async () => {
    const { clips } = await score({ film: points(TIMES.map((time) => time + 10)) }, 20)
    expect(clips.map(({ f1 }) => f1)).toEqual([0, 1])
  })

  it('is as loud as the picture suggests', async () => {
    const quiet = TIMES[3]!
    const film = TIMES.map((timeSec) => ({ timeSec, loudnessDb: timeSec === quiet ? -50 : -3 }))
    // 47 dB under the rest: out of the attack detector's reach.
    expect((await score({ film })).summary.attackF1).toBeCloseTo((2 * 6) / (6 + 7), 9)
  })
})

describe('a file of triggers', () => {
  it('is refused with the place that is wrong', () => {
    const sets = [{ name: 'a', files: { film: [{ timeSec: 1, loudnessDb: -3, probability: 0.5 }] } }]
    expect(parseTriggers(sets, 'x.json')[0]!.files['film']).toEqual([{ timeSec: 1, loudnessDb: -3 }])
    expect(() => parseTriggers([{ name: 'a', files: { film: [{ timeSec: 'now' }] } }], 'x.json')).toThrow(/x\.json/)
  })
})
