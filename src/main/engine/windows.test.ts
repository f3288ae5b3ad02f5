import { describe, expect, it } from 'vitest'
import { decodePlan, frameAlignment, planWindows, withContext, type LatentRange } from './windows'

const limits = { maxLatents: 500, overlapLatents: 100, alignLatents: 1 }
const range = (fromLatent: number, toLatent: number): LatentRange => ({ fromLatent, toLatent })

describe('planWindows', () => {
  it('gives a short film one shorter window and an empty range none', () => {
    expect(planWindows(range(0, 120), limits)).toEqual([range(0, 120)])
    expect(planWindows(range(0, 500), limits)).toEqual([range(0, 500)])
    expect(planWindows(range(7, 7), limits)).toEqual([])
  })

  it('balances: 10.2 s are two windows of 6.1 s that share 2 s', () => {
    expect(planWindows(range(0, 510), limits)).toEqual([range(0, 305), range(205, 510)])
  })

  it.each([1, 2, 5, 10])('covers every length in order, never too long, with the overlap (aligned to %d)', (align) => {
    for (let count = 501; count < 3200; count += 37) {
      for (const from of [0, 33]) {
        const windows = planWindows(range(from, from + count), { ...limits, alignLatents: align })
        expect(windows[0]!.fromLatent).toBe(from)
        expect(windows.at(-1)!.toLatent).toBe(from + count)
        windows.forEach((window, index) => {
          const length = window.toLatent - window.fromLatent
          expect(length).toBeLessThanOrEqual(limits.maxLatents)
          expect(length).toBeGreaterThan(limits.maxLatents / 2)
          const next = windows[index + 1]
          if (!next) return
          expect(next.fromLatent % align).toBe(0)
          expect(window.toLatent - next.fromLatent).toBe(limits.overlapLatents)
        })
      }
    }
  })
})

describe('withContext', () => {
  it('reaches into what is available and no further', () => {
    expect(withContext(range(100, 200), 50, range(0, 220))).toEqual(range(50, 220))
    expect(withContext(range(100, 200), 50, range(100, 200))).toEqual(range(100, 200))
    expect(withContext(range(10, 20), 50, range(0, 1000))).toEqual(range(0, 70))
  })
})

describe('decodePlan', () => {
  it('covers the range without gap, with the receptive field clipped to what exists', () => {
    expect(decodePlan(range(0, 600), range(0, 600), 250, 12)).toEqual([
      { fromLatent: 0, toLatent: 250, input: range(0, 262) },
      { fromLatent: 250, toLatent: 500, input: range(238, 512) },
      { fromLatent: 500, toLatent: 600, input: range(488, 600) }
    ])
  })

  it('cuts at the same places wherever the range begins', () => {
    expect(decodePlan(range(240, 260), range(200, 300), 250, 12)).toEqual([
      { fromLatent: 240, toLatent: 250, input: range(228, 262) },
      { fromLatent: 250, toLatent: 260, input: range(238, 272) }
    ])
  })
})

describe('frameAlignment', () => {
  it('is the smallest whole number of frames', () => {
    expect([5, 10, 15, 25, 50].map((fps) => frameAlignment(50, fps))).toEqual([10, 5, 10, 2, 1])
    expect(frameAlignment(50, 30_000 / 1001)).toBe(1)
  })
})
