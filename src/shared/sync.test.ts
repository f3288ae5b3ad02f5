import { describe, expect, it } from 'vitest'
import { expectedLevelDb } from './sync'

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
