import { describe, expect, it } from 'vitest'
import { audioPositions, scaledPositions, visualPositions } from './positions'

const S = 50

describe('positions', () => {
  it('puts audio token n at n', () => {
    expect([...audioPositions(4)]).toEqual([0, 1, 2, 3])
  })

  it.each([
    [5, 10],
    [10, 5],
    [15, 10 / 3],
    [25, 2]
  ])('puts frame i of a uniform %d fps stream at i·r, r = %d (Eq. 2, zero-based)', (fps, ratio) => {
    const pts = Float64Array.from({ length: 300 }, (_, frame) => frame / fps)
    const positions = visualPositions('scaled', pts, S, 0)
    positions.forEach((position, frame) => expect(position).toBeCloseTo(frame * ratio, 3))
  })

  it.each([5, 10, 15, 25])('equal times, equal positions: frames at %d fps against tokens, exactly', (fps) => {
    const tokens = audioPositions(501)
    for (let token = 0; token <= 500; token += 1) {
      const frame = (token / S) * fps
      if (Number.isInteger(frame)) expect(scaledPositions([frame / fps], S, 0)[0]).toBe(tokens[token])
    }
  })

  it('keeps fractions, counts from the window and lets a condition lie outside of it', () => {
    expect([...scaledPositions([1.255, 2, 0.99], S, 50)]).toEqual([12.75, 50, -0.5])
  })

  it('follows the true time of an irregular stream', () => {
    expect([...visualPositions('scaled', [0, 0.1, 0.1, 0.5], S, 0)]).toEqual([0, 5, 5, 25])
    expect([...visualPositions('index', [0, 0.1, 0.1, 0.5], S, 0)]).toEqual([0, 1, 2, 3])
    expect([...visualPositions('none', [0, 0.1], S, 0)]).toEqual([0, 0])
  })
})
