/** The pure plans: pieces of a film, known latents, gains for loudness, names. */
import { describe, expect, it } from 'vitest'
import { distinctNames, fileName } from './file-names'
import { planKnown, segmentsOutside } from './known-context'
import { gainToward } from './loudness-gain'
import { framesOfPiece, joinSuggestions, piecesWithin, planPieces } from './pieces'

const segment = (takeId: string, fromSample: number, toSample: number) => ({
  takeId,
  takeFromSample: 0,
  fromSample,
  toSample
})

describe('planPieces', () => {
  it('looks at a short film at once and at a long one in pieces that cover it', () => {
    expect(planPieces(10.02, { rateHz: 25 })).toEqual([{ index: 0, firstFrame: 0, endFrame: 251 }])
    const pieces = planPieces(3600, { rateHz: 25 })
    expect(pieces).toHaveLength(180)
    expect(pieces.every((piece, i) => piece.firstFrame === (pieces[i - 1]?.endFrame ?? 0))).toBe(true)
    expect(pieces.at(-1)!.endFrame).toBe(90_000)
  })

  it('a short range of a long film needs one or two of them, also at the ends', () => {
    const pieces = planPieces(3600, { rateHz: 25 })
    const indices = (from: number, to: number): number[] => piecesWithin(pieces, 25, from, to).map(({ index }) => index)
    expect(indices(1806, 1812)).toEqual([90])
    expect(indices(1798, 1804)).toEqual([89, 90])
    expect(indices(-2, 3)).toEqual([0])
    expect(indices(3597, 3602)).toEqual([179])
    expect(framesOfPiece(pieces[0]!, pieces, 18)).toEqual({ firstFrame: 0, count: 518 })
    expect(framesOfPiece(pieces[90]!, pieces, 18)).toEqual({ firstFrame: 44_982, count: 536 })
    expect(framesOfPiece(pieces[179]!, pieces, 18)).toEqual({ firstFrame: 89_482, count: 518 })
  })

  it('counts an impact on the border of two pieces once', () => {
    const film = (...suggestedSync: { timeSec: number; probability: number; loudnessDb: number }[]) => ({
      ...{ features: new Float32Array(0), suggestedSync }
    })
    const at = (timeSec: number, probability: number) => ({ timeSec, probability, loudnessDb: -6 })
    expect(joinSuggestions([film(at(1, 0.5), at(19.97, 0.6)), film(at(20.02, 0.8), at(21, 0.4))])).toEqual([
      ...[at(1, 0.5), at(20.02, 0.8), at(21, 0.4)]
    ])
  })
})

describe('planKnown', () => {
  const hopSamples = 960
  const held = new Map([
    ['a', { fromLatent: 0, toLatent: 100 }],
    ['b', { fromLatent: 200, toLatent: 300 }]
  ])
  const plan = (outside: ReturnType<typeof segment>[], limit = 1000) =>
    planKnown(outside, held, { fromLatent: 90, toLatent: 210 }, { hopSamples, limit })

  it('takes what touches the range on both sides, up to the limit', () => {
    const outside = [segment('a', 0, 90 * 960), segment('b', 210 * 960, 300 * 960)]
    expect(plan(outside)).toEqual([
      { takeId: 'a', fromLatent: 0, toLatent: 90 },
      { takeId: 'b', fromLatent: 210, toLatent: 300 }
    ])
    expect(plan(outside, 20)).toEqual([
      { takeId: 'a', fromLatent: 70, toLatent: 90 },
      { takeId: 'b', fromLatent: 210, toLatent: 230 }
    ])
  })

  it('ends at a gap, and leaves out takes whose latents are not held', () => {
    expect(plan([segment('a', 0, 50 * 960), segment('a', 60 * 960, 90 * 960)])).toEqual([
      { takeId: 'a', fromLatent: 60, toLatent: 90 }
    ])
    expect(plan([segment('a', 0, 80 * 960)])).toEqual([])
    expect(plan([segment('x', 0, 90 * 960)])).toEqual([])
  })

  it('what plays inside the range is not outside', () => {
    const range = { fromSample: 1000, toSample: 2000 }
    expect(segmentsOutside([segment('a', 0, 3000), segment('b', 1200, 1500)], range)).toEqual([
      segment('a', 0, 1000),
      segment('a', 2000, 3000)
    ])
  })
})

describe('gainToward', () => {
  const measured = (integratedLufs: number, truePeakDbtp: number) => ({ integratedLufs, truePeakDbtp })
  it('reaches the target, or the ceiling first', () => {
    expect(gainToward('-16', measured(-20, -10))).toEqual({ gainDb: 4, isCapped: false })
    expect(gainToward('-14', measured(-30, -3))).toEqual({ gainDb: 2, isCapped: true })
    expect(gainToward('-23', measured(-10, 2))).toEqual({ gainDb: -13, isCapped: false })
  })
  it('leaves silence alone and only holds what is too short to measure', () => {
    expect(gainToward('-14', measured(-Infinity, -Infinity)).gainDb).toBe(0)
    expect(gainToward('-14', measured(-Infinity, -6))).toEqual({ gainDb: 0, isCapped: false })
    expect(gainToward('-14', measured(-Infinity, 2)).gainDb).toBe(-3)
    expect(gainToward('off', measured(-30, 2)).gainDb).toBe(0)
  })
})

describe('file names', () => {
  it('keeps what a file system takes', () => {
    expect(fileName('Schritte: Kies/Holz?')).toBe('Schritte_ Kies_Holz_')
    expect(fileName(' ..')).toBe('Untitled')
    expect(distinctNames(['Feet', 'feet', 'Feet'])).toEqual(['Feet', 'feet 2', 'Feet 3'])
  })
})
