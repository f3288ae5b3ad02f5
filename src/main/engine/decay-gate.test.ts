import { describe, expect, it } from 'vitest'
import { SAMPLE_RATE } from '@shared/time'
import { DecayGate, type GatedRange } from './decay-gate'
import { filtered, sameBytes } from './testing'

const sec = (seconds: number): number => Math.round(seconds * SAMPLE_RATE)

/** A hit at each time (s): noise of that peak that falls by 60 dB in `decaySec`. */
function hits(seconds: number, ...each: readonly (readonly [timeSec: number, peak: number, decaySec: number])[]) {
  const samples = new Float32Array(sec(seconds))
  let state = 1
  for (const [timeSec, peak, decaySec] of each) {
    for (let i = sec(timeSec); i < samples.length; i += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      samples[i]! += peak * 10 ** ((-3 * (i - sec(timeSec))) / sec(decaySec)) * (state / 2 ** 31 - 1)
    }
  }
  return samples
}

/** Through the gate in parts of `size`; in one piece by default. */
function gated(samples: Float32Array, range: Partial<GatedRange>, size?: number): Float32Array {
  const whole = { points: [], fromSample: 0, toSample: samples.length, before: new Float32Array(0), goesOn: false }
  return filtered(new DecayGate({ ...whole, ...range }), samples, size)
}

/** Peak between two times, s. */
const loudest = (samples: Float32Array, fromSec: number, toSec: number): number =>
  samples.subarray(sec(fromSec), sec(toSec)).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)

const points = (...timesSec: readonly number[]): { points: number[] } => ({ points: timesSec.map(sec) })

describe('DecayGate', () => {
  it('leaves hits at their points as they are, with their tails, up to 40 ms early and 80 ms late', () => {
    const sound = hits(3, [0.5, 0.5, 0.8], [1.47, 0.3, 0.4], [2.06, 0.8, 0.6])
    expect(sameBytes(gated(sound, points(0.5, 1.5, 2)), sound)).toBe(true)
  })

  it('holds down what begins elsewhere: before the first point, in a tail, and after it', () => {
    const sound = hits(4, [0.4, 0.3, 0.3], [1, 0.5, 0.8], [1.4, 0.4, 0.3], [2.3, 0.2, 0.3], [3, 0.5, 0.3])
    const out = gated(sound, points(1, 3))
    expect(loudest(out, 0, 0.95)).toBeLessThan(1e-3)
    expect(sameBytes(out.slice(sec(0.97), sec(1.3)), sound.slice(sec(0.97), sec(1.3)))).toBe(true)
    const tail = loudest(sound, 1.36, 1.39)
    expect(loudest(sound, 1.4, 1.5)).toBeGreaterThan(8 * tail)
    expect(loudest(out, 1.4, 1.5)).toBeLessThan(2 * tail)
    expect(loudest(out, 2.2, 2.95)).toBeLessThan(1e-3)
    expect(sameBytes(out.slice(sec(2.97)), sound.slice(sec(2.97)))).toBe(true)
  })

  it('holds down what begins at the very end of the first frame that may only decay', () => {
    const sound = hits(1, [0.5, 0.3, 0.1], [0.5885, 0.5, 0.3])
    expect(loudest(gated(sound, points(0.5)), 0.59, 1)).toBeLessThan(2 * loudest(sound, 0.58, 0.588))
  })

  it('is silent without a point, but for what rings on from before, which stays as quiet as it was', () => {
    const tail = hits(1, [0, 0.5, 0.8])
    expect(loudest(gated(tail, {}), 0, 1)).toBeLessThan(1e-3)
    expect(sameBytes(gated(tail, { before: new Float32Array(480).fill(0.5) }), tail)).toBe(true)
    expect(loudest(gated(tail, { before: new Float32Array(480).fill(0.01) }), 0, 1)).toBeLessThan(0.05)
  })

  it('opens at its end where a take goes on behind it', () => {
    const swell = new Float32Array(sec(1)).fill(0.1)
    const out = gated(swell, { toSample: sec(0.8), goesOn: true })
    expect(loudest(out, 0, 0.76)).toBeLessThan(1e-3)
    expect(sameBytes(out.slice(sec(0.78)), swell.slice(sec(0.78)))).toBe(true)
    expect(loudest(gated(swell, { toSample: sec(0.8) }), 0.5, 0.8)).toBeLessThan(1e-3)
  })

  it('lets the sound around its range pass', () => {
    const sound = hits(3, [0.2, 0.5, 0.3], [1.5, 0.5, 0.2], [2.5, 0.5, 0.3])
    const out = gated(sound, { fromSample: sec(1), toSample: sec(2) })
    expect(sameBytes(out.slice(0, sec(0.99)), sound.slice(0, sec(0.99)))).toBe(true)
    expect(sameBytes(out.slice(sec(2.01)), sound.slice(sec(2.01)))).toBe(true)
    expect(out.subarray(sec(1.5), sec(1.9)).every((sample) => Math.abs(sample) < 1e-3)).toBe(true)
  })

  it('gives the same whatever the parts are, and bends without a step', () => {
    const sound = hits(2, [0.5, 0.5, 0.5], [1.2, 0.5, 0.3])
    const whole = gated(sound, points(0.5))
    for (const size of [960, 1000, 7777]) expect(sameBytes(gated(sound, points(0.5), size), whole)).toBe(true)
    const gain = gated(new Float32Array(sec(2)).fill(0.1), points(0.5, 1.5)).map((sample) => sample / 0.1)
    const steps = gain.map((value, i) => Math.abs(value - (gain[i - 1] ?? value)))
    expect(Math.max(...steps)).toBeLessThan(0.011)
  })
})
