import { describe, expect, it } from 'vitest'
import { guide, type GuidanceOptions } from './guidance'

/** Two tokens of two channels: conditional, then unconditional. */
const PAIR = Float32Array.of(3, -1, 0.5, 0.25, 1, 1, 0, 0)
const LATENTS = Float32Array.of(0.5, -0.25, 0.125, 2)
const OPTIONS = { channels: 2, scale: 4, rescale: 1, known: Uint8Array.of(0, 0) }

const at = (time: number, change: Partial<GuidanceOptions> = {}): number[] => [
  ...guide(PAIR, LATENTS, time, { ...OPTIONS, ...change }, new Float32Array(4))
]

/** The estimate of the data, x + (1 - t) v. */
const estimate = (velocity: readonly number[], time: number): number[] =>
  velocity.map((value, index) => LATENTS[index]! + (1 - time) * value)
const norm = (values: readonly number[]): number => Math.hypot(...values)

describe('guide', () => {
  it('is v_u + g (v_c - v_u): 0 ignores the condition, 1 is the condition, 4 goes beyond it', () => {
    expect(at(0, { scale: 0, rescale: 0 })).toEqual([1, 1, 0, 0])
    expect(at(0, { scale: 1, rescale: 0 })).toEqual([3, -1, 0.5, 0.25])
    expect(at(0, { scale: 4, rescale: 0 })).toEqual([9, -7, 2, 1])
  })

  it('rescaled in full, estimates data of the norm of the conditional branch, in the direction of the guided one', () => {
    for (const time of [0, 0.4, 0.9]) {
      const rescaled = estimate(at(time), time)
      const guided = estimate(at(time, { rescale: 0 }), time)
      expect(norm(rescaled)).toBeCloseTo(norm(estimate(at(time, { scale: 1 }), time)), 5)
      const ratio = norm(rescaled) / norm(guided)
      expect(ratio).toBeLessThan(1)
      rescaled.forEach((value, index) => expect(value).toBeCloseTo(ratio * guided[index]!, 5))
    }
  })

  it('rescaled in part, lies between', () => {
    const [none, half, full] = [0, 0.5, 1].map((rescale) => norm(estimate(at(0.2, { rescale }), 0.2)))
    expect(half).toBeCloseTo((none! + full!) / 2, 5)
  })

  it('makes nothing louder: an estimate smaller than the conditional one stays', () => {
    expect(at(0.2, { scale: 0 })).toEqual(at(0.2, { scale: 0, rescale: 0 }))
  })

  it('measures what is drawn, not what is known', () => {
    const drawn = estimate(at(0.2, { known: Uint8Array.of(1, 0) }), 0.2).slice(2)
    expect(norm(drawn)).toBeCloseTo(norm(estimate(at(0.2, { scale: 1 }), 0.2).slice(2)), 5)
  })

  it('keeps each channel of the estimate within its bounds, and leaves alone what lies there', () => {
    const bounds = { low: [-1, -0.5], high: [2, 1] }
    const free = estimate(at(0.2, { rescale: 0 }), 0.2)
    const kept = estimate(at(0.2, { rescale: 0, bounds }), 0.2)
    free.forEach((value, index) => {
      const within = Math.min(Math.max(value, bounds.low[index % 2]!), bounds.high[index % 2]!)
      expect(kept[index]).toBeCloseTo(within, 5)
    })
    expect(kept).not.toEqual(free)
    const wide = { low: [-99, -99], high: [99, 99] }
    expect(at(0.2, { bounds: wide })).toEqual(at(0.2))
  })

  it('at the end of the path, where the estimate is the latents themselves, changes nothing', () => {
    expect(at(1, { bounds: { low: [0, 0], high: [0, 0] } })).toEqual(at(1, { rescale: 0 }))
  })
})
