import { describe, expect, it, vi } from 'vitest'
import { WheelGatherer, wheelIntent } from './wheel'

const still = { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, shiftKey: false, altKey: false }

describe('the wheel', () => {
  it('zooms by a quarter a notch, and back', () => {
    expect(wheelIntent({ ...still, deltaY: -100 })).toEqual({ kind: 'zoom', factor: expect.closeTo(1.25) as number })
    expect(wheelIntent({ ...still, deltaY: 100 })).toEqual({ kind: 'zoom', factor: expect.closeTo(0.8) as number })
  })

  it('scrolls sideways and with Shift, in lines too', () => {
    expect(wheelIntent({ ...still, deltaX: 30, deltaY: 2 })).toEqual({ kind: 'scroll', px: 30 })
    expect(wheelIntent({ ...still, deltaY: 3, deltaMode: 1, shiftKey: true })).toEqual({ kind: 'scroll', px: 48 })
  })

  it('zooms at a pinch, and leaves Alt to the tracks', () => {
    expect(wheelIntent({ ...still, deltaX: 9, deltaY: -24, ctrlKey: true })).toMatchObject({ kind: 'zoom' })
    expect(wheelIntent({ ...still, deltaY: 10, altKey: true })).toEqual({ kind: 'pass' })
  })

  it('updates once a frame with all that came', () => {
    const frames: (() => void)[] = []
    const apply = vi.fn()
    const gatherer = new WheelGatherer(apply, { schedule: (run) => frames.push(run), cancel: vi.fn() })
    gatherer.add({ kind: 'zoom', factor: 2 }, 10)
    gatherer.add({ kind: 'zoom', factor: 1.5 }, 20)
    gatherer.add({ kind: 'scroll', px: 7 }, 0)
    expect(frames.length).toBe(1)
    frames[0]?.()
    expect(apply.mock.calls).toEqual([[{ zoomFactor: 3, anchorPx: 20, scrollPx: 7 }]])
    gatherer.add({ kind: 'scroll', px: 1 }, 0)
    expect(frames.length).toBe(2)
  })
})
