import { describe, expect, it } from 'vitest'
import { SAMPLE_RATE } from '@shared/time'
import { agreement, expectedHits, judgedAfter } from './candidates'

const hit = (timeSec: number, probability = 1): { timeSec: number; probability: number } => ({ timeSec, probability })

/** Two seconds with a decaying click at each of the times. */
function clicks(...timesSec: readonly number[]): Float32Array {
  const sound = new Float32Array(2 * SAMPLE_RATE)
  for (const timeSec of timesSec) {
    const from = Math.round(timeSec * SAMPLE_RATE)
    for (let n = 0; n < 2000; n += 1) sound[from + n] = 0.5 * Math.exp(-n / 300) * Math.sin(0.4 * n)
  }
  return sound
}

describe('expectedHits', () => {
  const range = { fromLatent: 50, toLatent: 100 }
  const suggestedSync = [hit(0.99, 0.9), hit(1, 0.8), hit(1.99, 0.7), hit(2, 0.6)]

  it('are the suggestions of the range in the mode off, half-open', () => {
    expect(expectedHits({ suggestedSync }, { syncMode: 'off', syncPoints: [] }, range, 50)).toEqual([
      hit(1, 0.8),
      hit(1.99, 0.7)
    ])
    expect(expectedHits({}, { syncMode: 'off', syncPoints: [] }, range, 50)).toEqual([])
  })

  it.each(['hints', 'only'] as const)('are the points, as certain as can be, in the mode %s', (syncMode) => {
    const syncPoints = [{ timeSec: 1.2, loudnessDb: -6 }, { timeSec: 3 }]
    expect(expectedHits({ suggestedSync }, { syncMode, syncPoints }, range, 50)).toEqual([hit(1.2)])
  })
})

describe('agreement', () => {
  it('is greatest where every hit sounds and nothing else does', () => {
    const expected = [hit(10.5), hit(11.25)]
    const of = (...timesSec: readonly number[]): number => agreement(clicks(...timesSec), 10, expected)
    expect(of(0.5, 1.25)).toBe(1)
    expect(of(0.5)).toBeCloseTo(2 / 3)
    expect(of(0.5, 0.9, 1.25)).toBeCloseTo(4 / 5)
    expect(of(0.9)).toBe(0)
    expect(of()).toBe(0)
  })
})

it('a beginning is judged a little after half of its steps, and never before the first', () => {
  expect([1, 2, 8, 16, 32].map(judgedAfter)).toEqual([1, 2, 5, 9, 18])
})
