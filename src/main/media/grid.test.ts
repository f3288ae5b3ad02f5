import { describe, expect, it } from 'vitest'
import { FrameGrid, gridRange, roundingSlackSec } from './grid'

const frame = (ptsSec: number): { ptsSec: number; rgb: Uint8Array } => ({ ptsSec, rgb: Uint8Array.of(ptsSec * 1000) })

function shown(times: readonly number[], rateHz: number, fromSec: number, toSec: number, slackSec = 1e-7): number[] {
  const grid = new FrameGrid(gridRange(rateHz, fromSec, toSec), slackSec)
  const frames = times.flatMap((time) => [...grid.push(frame(time))])
  return [...frames, ...grid.finish()].map(({ ptsSec }) => ptsSec)
}

describe('gridRange', () => {
  it('holds the instants of [from, to)', () => {
    expect(gridRange(25, 0, 10)).toEqual({ rateHz: 25, firstIndex: 0, count: 250 })
    expect(gridRange(25, 0.04, 0.08)).toEqual({ rateHz: 25, firstIndex: 1, count: 1 })
    expect(gridRange(25, 0.041, 0.079)).toEqual({ rateHz: 25, firstIndex: 2, count: 0 })
    expect(gridRange(30, 0.1, 0.2)).toEqual({ rateHz: 30, firstIndex: 3, count: 3 })
    expect(gridRange(10, -1, 0.25)).toEqual({ rateHz: 10, firstIndex: 0, count: 3 })
  })
})

describe('FrameGrid', () => {
  it('never shows a frame early', () => {
    expect(shown([0, 0.1, 0.25, 0.3], 10, 0, 0.5)).toEqual([0, 0.1, 0.1, 0.3, 0.3])
  })

  it('shows the first frame before its time, and the last after it', () => {
    expect(shown([0.5], 4, 0, 1.25)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5])
  })

  it('has nothing to show without frames', () => {
    expect(shown([], 10, 0, 1)).toEqual([])
  })

  it('forgives what a file rounds away, and no more', () => {
    const milliseconds = [0, 0.033, 0.067, 0.1]
    expect(shown(milliseconds, 30, 0, 0.13, roundingSlackSec(1e-3))).toEqual(milliseconds)
    expect(shown(milliseconds, 30, 0, 0.13, 0)).toEqual([0, 0.033, 0.033, 0.1])
    expect(roundingSlackSec(1 / 25)).toBeLessThan(1e-6)
  })
})
