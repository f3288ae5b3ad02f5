import { describe, expect, it } from 'vitest'
import { frameOfCount, SAMPLE_RATE, timecode } from '@shared/time'
import { LABEL_PX, rulerStep, rulerTicks, stepLadder } from './ruler-ticks'
import type { Viewport } from './viewport'

const ntsc = { num: 30_000, den: 1001 }
const view: Viewport = { durationSamples: 3600 * SAMPLE_RATE, widthPx: 1200, pxPerSec: 100, fromSample: 0 }

describe('ruler', () => {
  it('has labels that never overlap, at any zoom and rate', () => {
    for (const rate of [
      { num: 24, den: 1 },
      { num: 24_000, den: 1001 },
      { num: 25, den: 1 },
      ntsc,
      { num: 60, den: 1 }
    ]) {
      for (let pxPerSec = 0.35; pxPerSec < 1500; pxPerSec *= 1.37) {
        const port = { ...view, pxPerSec, fromSample: 61 * SAMPLE_RATE }
        const { labels, ticks } = rulerTicks(port, { rate, startFrame: 0, dropFrame: true })
        const gaps = labels.slice(1).map(({ px }, index) => px - labels[index]!.px)
        // A label's place is rounded to its frame's first sample, and drop-frame skips at most four frames.
        expect(Math.min(...gaps, Infinity)).toBeGreaterThan(LABEL_PX - 1 - (4 * pxPerSec) / 60)
        expect(labels.length).toBeGreaterThan(0)
        expect(labels.length + ticks.length).toBeLessThan(200)
      }
    }
  })

  it('steps by numbers that are round at the rate', () => {
    expect(stepLadder(25).slice(0, 3)).toEqual([1, 5, 25])
    expect(stepLadder(24).slice(0, 5)).toEqual([1, 2, 6, 12, 24])
    const { label, tick } = rulerStep(25, 4)
    expect([label, tick]).toEqual([50, 5])
  })

  it('labels whole seconds of the timecode, counted from the start timecode', () => {
    const { labels } = rulerTicks(view, { rate: { num: 25, den: 1 }, startFrame: 25 * 3600 + 10, dropFrame: false })
    expect(labels[0]?.text).toBe('01:00:02:00')
    expect(labels[0]?.frame).toBe(40)
    expect(labels.every(({ text }) => text.endsWith(':00'))).toBe(true)
  })

  it('knows the frame of every round drop-frame timecode', () => {
    for (const minutes of [0, 1, 9, 10, 11, 59, 60, 601]) {
      const text = timecode(frameOfCount(minutes * 1800, 30, true), ntsc, true)
      expect(text).toMatch(minutes % 10 === 0 ? /:00;00$/ : /:00;02$/)
    }
    expect(timecode(frameOfCount(1830, 30, true), ntsc, true)).toBe('00:01:01;00')
  })
})
