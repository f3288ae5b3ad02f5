import { describe, expect, it } from 'vitest'
import { scoreControl } from './control'
import { noise } from './random'

const RATE = 48_000
const POINTS = [0.6, 1.5, 2.3, 3.4]

interface Burst {
  readonly timeSec: number
  readonly gain?: number
  /** Seconds to a level of 1/e; the rise likewise. */
  readonly decaySec?: number
  readonly riseSec?: number
}

function sound(bursts: readonly Burst[]): Float32Array {
  const samples = new Float32Array(4 * RATE)
  bursts.forEach(({ timeSec, gain = 0.5, decaySec = 0.03, riseSec = 0 }, k) => {
    const grain = noise(RATE, 20 + k)
    const start = Math.round(timeSec * RATE)
    for (let i = 0; i < grain.length && start + i < samples.length; i += 1) {
      const rise = riseSec === 0 ? 1 : 1 - Math.exp(-i / (riseSec * RATE))
      samples[start + i]! += gain * rise * grain[i]! * Math.exp(-i / (decaySec * RATE))
    }
  })
  return samples
}

const onPoints = (late: number, decaySec = 0.03): Burst[] =>
  POINTS.map((timeSec) => ({ timeSec: timeSec + late, decaySec }))

describe('obeying sync points', () => {
  it('finds every point that sounds, how late, and nothing elsewhere', () => {
    const score = scoreControl(sound(onPoints(0.012)), RATE, POINTS)
    expect(score).toMatchObject({ points: 4, attacks: 4, elsewhereDb: [] })
    expect(score.offsetsSec.length).toBe(4)
    for (const offset of score.offsetsSec) expect(offset).toBeCloseTo(0.012, 3)
  })

  it('does not take a tail that rings into the next point for a sound elsewhere', () => {
    expect(scoreControl(sound(onPoints(0, 0.4)), RATE, POINTS).elsewhereDb).toEqual([])
  })

  it('misses a point whose hit is 50 ms late, and one that is silent', () => {
    const [first, ...rest] = onPoints(0)
    const late = { timeSec: first!.timeSec + 0.05 }
    expect(scoreControl(sound([late, ...rest]), RATE, POINTS).offsetsSec.length).toBe(3)
    expect(scoreControl(sound(rest), RATE, POINTS)).toMatchObject({ attacks: 3, offsetsSec: { length: 3 } })
  })

  it.each([
    ['a hit', { timeSec: 1.9, gain: 0.05 }],
    ['a hit in the tail of another', { timeSec: 1.62, gain: 0.2 }],
    ['a swell without an attack', { timeSec: 1.75, gain: 0.1, riseSec: 0.2, decaySec: 0.2 }],
    ['a hit before the first point', { timeSec: 0.2, gain: 0.01 }]
  ])('hears %s elsewhere, at its level', (_, extra) => {
    const score = scoreControl(sound([...onPoints(0), extra]), RATE, POINTS)
    expect(score.elsewhereDb.length).toBe(1)
    const hit = Math.max(...score.pointLevelsDb)
    const below = hit - score.elsewhereDb[0]!
    expect(below).toBeGreaterThan(0)
    expect(below).toBeLessThan(20 * Math.log10(0.5 / extra.gain) + 12)
  })

  it('hears a steady bed before the first point', () => {
    const samples = sound(onPoints(0)).map((sample, i) => sample + 0.001 * noise(1, i + 1)[0]!)
    expect(scoreControl(samples, RATE, POINTS).elsewhereDb[0]).toBeLessThan(-55)
  })
})
