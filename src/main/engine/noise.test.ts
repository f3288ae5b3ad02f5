import { describe, expect, it } from 'vitest'
import { gaussianNoise, inverseNormal } from './noise'
import { philox4x32 } from './philox'

function philox(counter: readonly number[], key: readonly [number, number]): string {
  const block = Uint32Array.from(counter)
  philox4x32(block, key[0], key[1])
  return [...block].map((word) => word.toString(16).padStart(8, '0')).join(' ')
}

describe('philox4x32', () => {
  it('gives the known answers of Random123', () => {
    const ones = 0xffff_ffff
    expect(philox([0, 0, 0, 0], [0, 0])).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8')
    expect(philox([ones, ones, ones, ones], [ones, ones])).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd')
    expect(philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0])).toBe(
      'd16cfe09 94fdcceb 5001e420 24126ea1'
    )
  })
})

describe('inverseNormal', () => {
  it('agrees with another implementation of AS 241 (CPython statistics.NormalDist().inv_cdf) in all three branches', () => {
    const quantiles: readonly (readonly [number, number])[] = [
      [0.6, 0.2533471031357998],
      [0.3, -0.5244005127080407],
      [0.075, -1.4395314709384557],
      [0.0749, -1.4402382675279632],
      [1e-3, -3.090232306167813],
      [1e-6, -4.753424308822899],
      [1e-12, -7.034483825301132],
      [2 ** -33, -6.337957754553789],
      [1 - 2 ** -33, 6.337957754553789]
    ]
    for (const [probability, quantile] of quantiles) expect(inverseNormal(probability)).toBeCloseTo(quantile, 13)
    expect(inverseNormal(0.5)).toBe(0)
  })
})

describe('gaussianNoise', () => {
  it('is bit for bit what an independent Python implementation gives: a take must not change with an upgrade', () => {
    expect([...gaussianNoise(7, 3, 1, 6)]).toEqual([
      1.563779592514038, 2.3942313194274902, -0.359706848859787, 0.698905885219574, -0.5011827945709229,
      1.1193504333496094
    ])
  })

  it('does not depend on where a window begins', () => {
    const film = gaussianNoise(42, 0, 600, 128)
    const window = gaussianNoise(42, 400, 200, 128)
    expect(window).toEqual(film.slice(400 * 128))
  })

  it('has the moments of a standard normal', () => {
    const noise = gaussianNoise(1, 0, 4000, 128)
    let mean = 0
    let square = 0
    let fourth = 0
    let beyondTwo = 0
    for (const value of noise) {
      mean += value / noise.length
      square += value ** 2 / noise.length
      fourth += value ** 4 / noise.length
      if (Math.abs(value) > 2) beyondTwo += 1 / noise.length
    }
    // Standard errors at 512,000 draws: 0.0014, 0.002, 0.014, 0.0003.
    expect(Math.abs(mean)).toBeLessThan(0.006)
    expect(Math.abs(square - 1)).toBeLessThan(0.008)
    expect(Math.abs(fourth - 3)).toBeLessThan(0.06)
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.0012)
  })

  it('is uncorrelated between neighbours in time, channel and seed', () => {
    const channels = 128
    const a = gaussianNoise(5, 0, 2000, channels)
    const correlation = (b: Float32Array, shift: number): number => {
      let sum = 0
      for (let index = 0; index + shift < a.length; index += 1) sum += a[index]! * b[index + shift]!
      return sum / a.length
    }
    for (const shift of [1, 4, channels]) expect(Math.abs(correlation(a, shift))).toBeLessThan(0.009)
    expect(Math.abs(correlation(gaussianNoise(6, 0, 2000, channels), 0))).toBeLessThan(0.009)
  })
})
