import { describe, expect, it } from 'vitest'
import { SAMPLE_RATE } from '@shared/time'
import {
  clampView,
  fitFilm,
  MAX_PX_PER_SEC,
  page,
  reveal,
  scrollBy,
  toPx,
  toSample,
  zoomAt,
  type Viewport
} from './viewport'

const HOUR = 3600 * SAMPLE_RATE
const view: Viewport = { durationSamples: HOUR, widthPx: 1200, pxPerSec: 100, fromSample: 10 * SAMPLE_RATE }

describe('the viewport', () => {
  it('turns samples into pixels and back', () => {
    expect(toPx(view, 11 * SAMPLE_RATE)).toBe(100)
    expect(toSample(view, 100)).toBe(11 * SAMPLE_RATE)
  })

  it('keeps the sample under the cursor in place while zooming in and out', () => {
    for (const factor of [1.25, 0.8, 3, 10]) {
      const zoomed = zoomAt(view, factor, 432)
      expect(toSample(zoomed, 432)).toBeCloseTo(toSample(view, 432), -1)
      expect(zoomed.pxPerSec).toBeCloseTo(Math.min(MAX_PX_PER_SEC, 100 * factor))
    }
  })

  it('zooms out no further than the whole film, and in no further than the limit', () => {
    expect(zoomAt(view, 1e-9, 600)).toEqual(fitFilm(view))
    expect(zoomAt(view, 1e9, 600).pxPerSec).toBe(MAX_PX_PER_SEC)
  })

  it('scrolls by pixels and stops at both ends', () => {
    expect(scrollBy(view, 100).fromSample).toBe(11 * SAMPLE_RATE)
    expect(scrollBy(view, -1e9).fromSample).toBe(0)
    const last = scrollBy(view, 1e9)
    expect(toPx(last, HOUR)).toBeLessThanOrEqual(view.widthPx)
    expect(clampView(last)).toEqual(last)
  })

  it('reveals without moving when the sample is in view', () => {
    expect(reveal(view, 15 * SAMPLE_RATE)).toBe(view)
    const px = toPx(reveal(view, 100 * SAMPLE_RATE), 100 * SAMPLE_RATE)
    expect(px).toBeGreaterThan(view.widthPx / 2)
    expect(px).toBeLessThan(view.widthPx)
  })

  it('turns a page only when the playhead leaves the view', () => {
    expect(page(view, 15 * SAMPLE_RATE)).toBe(view)
    const turned = page(view, 22 * SAMPLE_RATE)
    expect(toPx(turned, 22 * SAMPLE_RATE)).toBeCloseTo(48)
    expect(page(turned, 22.1 * SAMPLE_RATE)).toBe(turned)
  })
})
