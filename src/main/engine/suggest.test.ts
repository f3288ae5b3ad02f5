import { describe, expect, it } from 'vitest'
import { suggestSync } from './suggest'

const binRateHz = 50

/** A curve of `bins` bins that is `base` but for bumps: [bin, left, centre, right]. */
function curve(bins: number, ...bumps: readonly (readonly [number, number, number, number])[]): Float32Array {
  const values = new Float32Array(bins).fill(0.01)
  for (const [bin, left, centre, right] of bumps) values.set([left, centre, right], bin - 1)
  return values
}

const suggest = (impact: Float32Array, threshold = 0.3, loudness = new Float32Array(impact.length).fill(-9)) =>
  suggestSync({ impact, loudness, binRateHz }, threshold)

describe('suggestSync', () => {
  it('puts a symmetric peak at the centre of its bin', () => {
    const [point, ...others] = suggest(curve(100, [40, 0.2, 0.9, 0.2]))
    expect(others).toEqual([])
    expect(point!.timeSec).toBeCloseTo(40.5 / binRateHz, 9)
    expect(point!.probability).toBeCloseTo(0.9)
    expect(point!.loudnessDb).toBe(-9)
  })

  it('refines within the bin: samples of a parabola give back its vertex', () => {
    const vertex = 40.3
    const height = (bin: number): number => 0.9 - 0.2 * (bin - vertex) ** 2
    const [point] = suggest(curve(100, [40, height(39), height(40), height(41)]))
    expect(point!.timeSec).toBeCloseTo((vertex + 0.5) / binRateHz, 5)
  })

  it('keeps the more probable of two that are nearer than 0.1 s, and lists in order of time', () => {
    const points = suggest(curve(100, [70, 0.1, 0.5, 0.1], [20, 0.1, 0.6, 0.1], [23, 0.1, 0.8, 0.1]))
    expect(points.map(({ timeSec }) => Math.round(timeSec * binRateHz - 0.5))).toEqual([23, 70])
  })

  it('keeps two that are 0.1 s apart, offers nothing below the threshold, and knows no head at all', () => {
    expect(suggest(curve(100, [20, 0.1, 0.6, 0.1], [25, 0.1, 0.8, 0.1]))).toHaveLength(2)
    expect(suggest(curve(100, [20, 0.1, 0.6, 0.1]), 0.7)).toEqual([])
    expect(suggest(new Float32Array(0))).toEqual([])
  })

  it('finds peaks at both ends, a plateau once, and keeps loudness within what a request may say', () => {
    const impact = curve(30, [1, 0.9, 0.2, 0.1], [28, 0.1, 0.2, 0.9], [15, 0.7, 0.7, 0.7])
    const loudness = new Float32Array(30).fill(3)
    loudness[29] = -90
    const points = suggest(impact, 0.3, loudness)
    expect(points).toHaveLength(3)
    expect(points.map(({ loudnessDb }) => loudnessDb)).toEqual([0, 0, -60])
    expect([points[0]!.timeSec, points[2]!.timeSec]).toEqual([0.5 / 50, 29.5 / 50])
  })

  it('finds what training finds (pick_peaks of training/encoder.py on the same curve)', () => {
    const bump = (bin: number): number => 0.5 + 0.5 * Math.sin(0.7 * bin) * Math.sin(0.013 * bin * Math.sqrt(bin))
    const points = suggest(Float32Array.from({ length: 400 }, (_, bin) => bump(bin)))
    const first = [0.069681, 0.23884, 0.415007, 0.591547, 0.754105, 0.870072, 1.041817, 1.205441]
    expect(points).toHaveLength(61)
    first.forEach((timeSec, index) => expect(points[index]!.timeSec).toBeCloseTo(timeSec, 5))
    expect(points.reduce((sum, { timeSec }) => sum + timeSec, 0)).toBeCloseTo(257.3464, 3)
  })
})
