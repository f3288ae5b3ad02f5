import { SAMPLE_RATE } from '@shared/time'
import { describe, expect, it } from 'vitest'
import { PointLevels, type LevelledRange } from './point-levels'
import { filtered, sameBytes } from './testing'

const sec = (seconds: number): number => Math.round(seconds * SAMPLE_RATE)

/** At each time (s) a tone that falls by 60 dB in `decaySec`, from a peak in dBFS. */
function hits(seconds: number, ...each: readonly (readonly [timeSec: number, peakDb: number, decaySec: number])[]) {
  const samples = new Float32Array(sec(seconds))
  for (const [timeSec, peakDb, decaySec] of each) {
    for (let i = sec(timeSec); i < samples.length; i += 1) {
      const after = i - sec(timeSec)
      samples[i]! += 10 ** (peakDb / 20 - (3 * after) / sec(decaySec)) * Math.cos(0.3 * after)
    }
  }
  return samples
}

const asked = (...each: readonly (readonly [timeSec: number, levelDb: number])[]) => ({
  points: each.map(([timeSec, levelDb]) => ({ atSample: sec(timeSec), levelDb }))
})

/** In parts of `size`; in one piece by default. */
const levelled = (samples: Float32Array, range: Partial<LevelledRange>, size?: number): Float32Array =>
  filtered(
    new PointLevels({ points: [], fromSample: 0, toSample: samples.length, goesOn: false, ...range }),
    samples,
    size
  )

const peakDb = (samples: Float32Array, fromSec: number, toSec: number): number =>
  20 * Math.log10(samples.subarray(sec(fromSec), sec(toSec)).reduce((most, s) => Math.max(most, Math.abs(s)), 0))

describe('PointLevels', () => {
  it('brings a hit to within 3 dB of its level, and its tail with it', () => {
    const sound = hits(3, [0.5, -25, 0.8], [1.5, -2, 0.4])
    const out = levelled(sound, asked([0.5, -12], [1.5, -12]))
    expect(peakDb(out, 0.48, 0.6)).toBeCloseTo(-15, 1)
    expect(peakDb(out, 1.48, 1.6)).toBeCloseTo(-9, 1)
    expect(peakDb(out, 0.8, 0.9) - peakDb(sound, 0.8, 0.9)).toBeCloseTo(10, 1)
    expect(peakDb(out, 1.8, 1.9) - peakDb(sound, 1.8, 1.9)).toBeCloseTo(-7, 1)
  })

  it('leaves hits alone that are near their level, and points where nothing sounds', () => {
    const sound = hits(2, [0.5, -10, 0.3])
    expect(sameBytes(levelled(sound, asked([0.5, -12], [1.5, -12])), sound)).toBe(true)
  })

  it('changes the gain just before the attack, wherever the hit lies around its point', () => {
    const sound = hits(2, [0.3, -12, 1], [1.03, -30, 0.4])
    const out = levelled(sound, asked([0.3, -12], [1, -6]))
    expect(sameBytes(out.subarray(0, sec(1.03) - 97), sound.subarray(0, sec(1.03) - 97))).toBe(true)
    expect(peakDb(out, 1.02, 1.1)).toBeGreaterThan(peakDb(sound, 1.02, 1.1) + 5)
  })

  it('does not lift a tail that is louder than the next hit', () => {
    const sound = hits(2, [0.5, 0, 2], [1, -20, 0.3])
    const out = levelled(sound, asked([0.5, -12], [1, -3]))
    expect(peakDb(out, 0.9, 1.2) - peakDb(sound, 0.9, 1.2)).toBeCloseTo(-9, 1)
    // Neither where the hit before is as loud as it was asked to be.
    expect(sameBytes(levelled(sound, asked([0.5, 0], [1, -3])), sound)).toBe(true)
  })

  it('gives the same in any parts, points closer than its reach among them', () => {
    const sound = hits(2, [0.1, -30, 0.3], [0.5, -3, 0.3], [0.56, -20, 0.3], [1.98, -30, 0.3])
    const range = asked([0.1, -12], [0.5, -12], [0.56, -12], [1.98, -12])
    const whole = levelled(sound, range)
    expect(peakDb(whole, 1.97, 2)).toBeCloseTo(-15, 1)
    for (const size of [480, 1000, 24_000]) expect(sameBytes(levelled(sound, range, size), whole)).toBe(true)
  })

  it('touches nothing outside its range, and meets what goes on behind it', () => {
    const sound = hits(3, [0.5, -25, 0.8], [1.5, -25, 3], [2.5, -25, 0.3])
    const range = { fromSample: sec(1), toSample: sec(2), goesOn: true }
    const out = levelled(sound, { ...asked([0.5, -12], [1.5, -12], [2.5, -12]), ...range })
    expect(sameBytes(out.subarray(0, sec(1)), sound.subarray(0, sec(1)))).toBe(true)
    expect(sameBytes(out.subarray(sec(2)), sound.subarray(sec(2)))).toBe(true)
    expect(peakDb(out, 1.48, 1.6)).toBeCloseTo(-15, 1)
    expect(Math.abs(out[sec(2) - 1]! - sound[sec(2) - 1]!)).toBeLessThan(1e-3)
  })

  it('lifts by 20 dB at most', () => {
    const sound = hits(1, [0.5, -55, 0.3])
    expect(peakDb(levelled(sound, asked([0.5, 0])), 0.48, 0.6)).toBeCloseTo(-35, 1)
  })
})
