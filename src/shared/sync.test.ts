import { describe, expect, it } from 'vitest'
import { expectedLevelDb, withPictureOffset } from './sync'

describe('expectedLevelDb', () => {
  it('is the loudness itself where a hit is certain', () => {
    expect(expectedLevelDb({ probability: 1, loudnessDb: -9 })).toBe(-9)
  })

  it('falls with the probability as an amplitude does', () => {
    expect(expectedLevelDb({ probability: 0.5, loudnessDb: -9 })).toBeCloseTo(-15.02, 2)
    expect(expectedLevelDb({ probability: 0.1, loudnessDb: -9 })).toBeCloseTo(-29, 6)
  })

  it('stays within what a sync point may have', () => {
    expect(expectedLevelDb({ probability: 0, loudnessDb: -30 })).toBe(-60)
    expect(expectedLevelDb({ probability: 1, loudnessDb: 3 })).toBe(0)
  })
})

it('an offset moves suggestions, and leaves out those that would leave the film', () => {
  const suggestions = [0.01, 1, 1.99].map((timeSec) => ({ timeSec, probability: 0.5, loudnessDb: -6 }))
  const times = (offsetSec: number): number[] =>
    withPictureOffset(suggestions, offsetSec, 2).map(({ timeSec }) => Number(timeSec.toFixed(6)))
  expect(times(-0.025)).toEqual([0.975, 1.965])
  expect(times(0.025)).toEqual([0.035, 1.025])
  expect(withPictureOffset(suggestions, 0, 2)).toEqual(suggestions)
})
