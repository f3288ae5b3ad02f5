import { describe, expect, it } from 'vitest'
import { FoleyError } from '@shared/errors'
import golden from './golden-onsets.json'
import { noise } from './random'
import { Resampler, resample } from './resample'

const sine = (hz: number, rate: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate))

/** Largest |a - b| away from the ends, where the signal is cut off. */
function worst(a: Float32Array, b: Float32Array, margin: number): number {
  let most = 0
  for (let i = margin; i < Math.min(a.length, b.length) - margin; i += 1) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}

const PAIRS = [
  [48_000, 22_050],
  [44_100, 22_050],
  [48_000, 16_000],
  [44_100, 48_000],
  [16_000, 22_050]
] as const

describe('resample', () => {
  it('is the filter that its note describes (golden from the formulas in numpy)', () => {
    const output = resample(Float32Array.from(noise(2000, 4)), 48_000, 22_050)
    expect(output.length).toBe(golden.kaiser.count)
    for (const [index, value] of golden.kaiser.outputs as [number, number][]) {
      expect(Math.abs(output[index]! - value)).toBeLessThan(2e-5)
    }
  })

  it.each(PAIRS)('keeps a tone of the pass band, at its time: %i -> %i', (from, to) => {
    const hz = 0.88 * (Math.min(from, to) / 2)
    const output = resample(sine(hz, from, from), from, to)
    expect(output.length).toBe(to)
    expect(worst(output, sine(hz, to, to), 400)).toBeLessThan(2e-4)
  })

  it.each([PAIRS[0], PAIRS[1], PAIRS[2]])('stops by 80 dB what would fold: %i -> %i', (from, to) => {
    const output = resample(sine(1.01 * (to / 2), from, from), from, to)
    expect(worst(output, new Float32Array(to), 400)).toBeLessThan(1.5e-4)
  })

  it('keeps a constant exactly and an impulse at its place', () => {
    const constant = resample(new Float32Array(48_000).fill(0.5), 48_000, 22_050)
    expect(worst(constant, new Float32Array(22_050).fill(0.5), 400)).toBeLessThan(1e-6)
    const impulse = new Float32Array(48_000)
    impulse[3200 * 5] = 1
    const output = resample(impulse, 48_000, 22_050)
    expect(output.indexOf(output.reduce((a, b) => Math.max(a, b)))).toBe(1470 * 5)
  })

  it('gives ceil(n * to / from) samples, for short signals too', () => {
    for (const count of [0, 1, 2, 3, 17, 320, 321]) {
      expect(resample(new Float32Array(count), 48_000, 22_050).length).toBe(Math.ceil((count * 147) / 320))
    }
  })

  it('answers the same in chunks of any size', () => {
    const input = Float32Array.from(noise(9000, 7))
    const whole = resample(input, 44_100, 48_000)
    const resampler = new Resampler(44_100, 48_000)
    const parts: number[] = []
    for (let start = 0, size = 1; start < input.length; start += size, size = 1 + ((size * 7) % 1234)) {
      parts.push(...resampler.push(input.subarray(start, start + size)))
    }
    parts.push(...resampler.finish())
    expect(Float32Array.from(parts)).toEqual(whole)
  })

  it('passes equal rates through and refuses impossible ones', () => {
    const input = Float32Array.from([1, 2, 3])
    expect(resample(input, 48_000, 48_000)).toEqual(input)
    expect(() => new Resampler(0, 22_050)).toThrow(FoleyError)
    expect(() => new Resampler(44_100.5, 22_050)).toThrow(FoleyError)
  })
})
