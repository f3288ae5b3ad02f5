/** The bar that shows the whole film. Pure. */
import { SAMPLE_RATE } from '@shared/time'
import { visibleSamples, type Viewport } from './viewport'

/** A window narrower than this could not be dragged. */
const NARROWEST_PX = 14

export interface MinimapWindow {
  readonly px: number
  readonly widthPx: number
}

/** Where the visible part lies. A narrow window is drawn wider around its middle, within the bar. */
export function minimapWindow(view: Viewport): MinimapWindow {
  const scale = view.widthPx / view.durationSamples
  const real = Math.min(view.widthPx, visibleSamples(view) * scale)
  const widthPx = Math.max(NARROWEST_PX, real)
  const px = view.fromSample * scale - (widthPx - real) / 2
  return { px: Math.min(view.widthPx - widthPx, Math.max(0, px)), widthPx }
}

export const minimapPx = (view: Viewport, sample: number): number => (sample / view.durationSamples) * view.widthPx

export const minimapSample = (view: Viewport, px: number): number => (px / view.widthPx) * view.durationSamples

/** Left edge of a view that has `sample` in its middle. */
export const centredOn = (view: Viewport, sample: number): number =>
  sample - ((view.widthPx / view.pxPerSec) * SAMPLE_RATE) / 2
