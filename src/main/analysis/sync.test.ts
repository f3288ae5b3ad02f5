import { describe, expect, it } from 'vitest'
import { averagePrecision } from './average-precision'
import golden from './golden-onsets.json'
import { matchInstants, pairInstants } from './matching'
import type { Detection } from './onsets'
import { scoreSync, suppressNeighbours } from './sync'

const at = (timeSec: number, confidence: number, amplitude = confidence): Detection => ({
  timeSec,
  confidence,
  amplitude
})

describe('average precision', () => {
  it.each(golden.averagePrecision)(
    'is scikit-learn’s, ties included: $relevant / $scores',
    ({ relevant, scores, ap }) => {
      const items = relevant.map((label, i) => ({ relevant: label === 1, score: scores[i]! }))
      expect(averagePrecision(items)).toBeCloseTo(ap, 12)
      expect(averagePrecision([...items].reverse())).toBeCloseTo(ap, 12)
    }
  )

  it('is 0 when nothing is relevant', () => expect(averagePrecision([{ relevant: false, score: 1 }])).toBe(0))
})

describe('suppression', () => {
  it('keeps the most confident and drops what is nearer than 0.05 s to it', () => {
    const kept = suppressNeighbours([at(1, 0.5), at(1.04, 0.9), at(1.08, 0.4), at(1.2, 0.1)])
    expect(kept.map(({ timeSec }) => timeSec)).toEqual([1.04, 1.2])
  })

  it('a dropped onset drops nobody', () => {
    const kept = suppressNeighbours([at(1, 0.9), at(1.04, 0.8), at(1.08, 0.7)])
    expect(kept.map(({ timeSec }) => timeSec)).toEqual([1, 1.08])
  })
})

describe('the metric', () => {
  it('equals an example computed by hand', () => {
    // 1.00 is hit by 1.05 (0.6); 2.00 by the louder of 1.95 (0.3) and 2.06 (0.8); 3.00 is missed; 1.95, 4.00 are false.
    const generated = [at(1.05, 0.6), at(1.95, 0.3), at(2.06, 0.8), at(4, 0.7)]
    const score = scoreSync([1, 2, 3], generated)!
    expect(score).toMatchObject({ hits: 2, referenceCount: 3, generatedCount: 4 })
    expect(score.acc).toBeCloseTo(2 / 3, 12)
    expect(score.recall).toBe(score.acc)
    expect(score.precision).toBe(0.5)
    expect(score.f1).toBeCloseTo(4 / 7, 12)
    // By confidence: 0.8 hit, 0.7 false, 0.6 hit, 0.3 false, 0 miss -> 1/3 * 1 + 1/3 * 2/3 + 1/3 * 3/5.
    expect(score.ap).toBeCloseTo((1 + 2 / 3 + 3 / 5) / 3, 12)
    expect(score.offsetsSec.map((offset) => Number(offset.toFixed(6)))).toEqual([0.05, 0.06])
  })

  it('scores reference onsets that remain when the generated ones are used up', () => {
    const score = scoreSync([1, 2, 3, 4], [at(1, 1)])!
    expect(score.acc).toBe(0.25)
    // The scripts stop after the first hit and answer 1; here three misses follow at confidence 0.
    expect(score.ap).toBeCloseTo(0.25 + 0.75 * 1, 12)
    expect(scoreSync([1, 2, 3, 4], [at(1, 0.4), at(9, 0.8)])!.ap).toBeCloseTo(0.25 * 0.5 + 0.75 * (4 / 5), 12)
  })

  it('counts only what is nearer than the tolerance', () => {
    expect(scoreSync([1], [at(1.099, 1)])!.hits).toBe(1)
    expect(scoreSync([1], [at(1.101, 1)])!.hits).toBe(0)
    expect(scoreSync([1], [at(1.03, 1)], 0.02)!.hits).toBe(0)
  })

  it('chooses by amplitude at the onset, not by confidence or nearness', () => {
    const score = scoreSync([1], [at(1.01, 0.9, 0.1), at(1.08, 0.5, 0.4)])!
    expect(score.offsetsSec[0]).toBeCloseTo(0.08, 12)
  })

  it('uses a generated onset once', () => expect(scoreSync([1, 1.05], [at(1.02, 1)])!.hits).toBe(1))

  it('scores 0 when only one side has onsets, and says nothing when none has', () => {
    const zero = { acc: 0, ap: 0, f1: 0, precision: 0, recall: 0, hits: 0 }
    expect(scoreSync([1, 2], [])).toMatchObject(zero)
    expect(scoreSync([], [at(1, 1)])).toMatchObject(zero)
    expect(scoreSync([], [])).toBeUndefined()
  })

  it('is pleased by a pulse train, which is why F1 stands beside it', () => {
    const pulses = Array.from({ length: 60 }, (_, i) => at(i / 6, 1))
    const score = scoreSync([0.7, 2.1, 3.3, 5.2, 8.8], pulses)!
    expect(score.acc).toBe(1)
    expect(score.f1).toBeLessThan(0.2)
  })
})

describe('matching of instants', () => {
  it('makes as many pairs as possible', () => {
    // Nearest first would take 1.00 - 1.04 and leave two alone.
    expect(pairInstants([1, 1.09], [0.95, 1.04], 0.1).length).toBe(2)
    expect(matchInstants([1, 1.09], [1.08, 1.15], 0.1)!.offsetsSec.length).toBe(2)
  })

  it('then the nearest ones', () => {
    expect(pairInstants([1], [0.93, 1.02, 1.08], 0.1)).toEqual([1.02 - 1])
    expect(pairInstants([1, 2], [1.01, 2.05, 2.01], 0.1).length).toBe(2)
  })

  it('agrees with trying every matching', () => {
    const instants = (seed: number): number[] =>
      Array.from({ length: 5 }, (_, i) => ((Math.imul(seed * 31 + i, 2_654_435_761) >>> 0) / 2 ** 32) * 0.5).sort()
    for (let seed = 0; seed < 40; seed += 1) {
      const [reference, generated] = [instants(seed), instants(seed + 1000)]
      const best = bruteForce(reference, generated, 0.1)
      const found = pairInstants(reference, generated, 0.1)
      expect(found.length).toBe(best.pairs)
      expect(found.reduce((sum, offset) => sum + Math.abs(offset), 0)).toBeCloseTo(best.distance, 9)
    }
  })

  it('scores F1 and one-sided lists', () => {
    expect(matchInstants([1, 2, 3], [1.02, 5], 0.1)).toMatchObject({ f1: 0.4, precision: 0.5, recall: 1 / 3 })
    expect(matchInstants([1], [], 0.1)).toMatchObject({ f1: 0, precision: 0, recall: 0 })
    expect(matchInstants([], [1], 0.1)).toMatchObject({ f1: 0, precision: 0, recall: 0 })
    expect(matchInstants([], [], 0.1)).toBeUndefined()
  })
})

function bruteForce(reference: number[], generated: number[], tolerance: number): { pairs: number; distance: number } {
  const [first, ...rest] = reference
  if (first === undefined) return { pairs: 0, distance: 0 }
  let best = bruteForce(rest, generated, tolerance)
  generated.forEach((instant, i) => {
    const gap = Math.abs(instant - first)
    if (gap >= tolerance) return
    const others = bruteForce(rest, [...generated.slice(0, i), ...generated.slice(i + 1)], tolerance)
    const option = { pairs: others.pairs + 1, distance: others.distance + gap }
    if (option.pairs > best.pairs || (option.pairs === best.pairs && option.distance < best.distance)) best = option
  })
  return best
}
