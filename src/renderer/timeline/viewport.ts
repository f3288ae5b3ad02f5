/** Which part of the film the timeline shows. Pure: times in samples, places in CSS pixels from the lanes' left edge. */
import { SAMPLE_RATE } from '@shared/time'

export interface Viewport {
  readonly durationSamples: number
  /** Of the lanes, without the headers. */
  readonly widthPx: number
  readonly pxPerSec: number
  /** Of the left edge. */
  readonly fromSample: number
}

/** A frame of 25 fps is then 60 px wide. */
export const MAX_PX_PER_SEC = 1500
/** Space that is left beside the film when all of it is shown. */
const FIT_SHARE = 0.98

export const toPx = (view: Viewport, sample: number): number =>
  ((sample - view.fromSample) / SAMPLE_RATE) * view.pxPerSec

export const toSample = (view: Viewport, px: number): number =>
  Math.round(view.fromSample + (px / view.pxPerSec) * SAMPLE_RATE)

export const visibleSamples = (view: Viewport): number => (view.widthPx / view.pxPerSec) * SAMPLE_RATE

export const fitPxPerSec = ({ durationSamples, widthPx }: Viewport): number =>
  Math.max(1e-3, (widthPx * FIT_SHARE * SAMPLE_RATE) / durationSamples)

/** Keeps zoom and scroll within the film. */
export function clampView(view: Viewport): Viewport {
  const pxPerSec = Math.min(MAX_PX_PER_SEC, Math.max(Math.min(fitPxPerSec(view), MAX_PX_PER_SEC), view.pxPerSec))
  const visible = (view.widthPx / pxPerSec) * SAMPLE_RATE
  const last = Math.max(0, view.durationSamples / FIT_SHARE - visible)
  return { ...view, pxPerSec, fromSample: Math.min(last, Math.max(0, view.fromSample)) }
}

/** The sample under `anchorPx` stays there. */
export function zoomAt(view: Viewport, factor: number, anchorPx: number): Viewport {
  const anchor = view.fromSample + (anchorPx / view.pxPerSec) * SAMPLE_RATE
  const { pxPerSec } = clampView({ ...view, pxPerSec: view.pxPerSec * factor })
  return clampView({ ...view, pxPerSec, fromSample: anchor - (anchorPx / pxPerSec) * SAMPLE_RATE })
}

export const scrollBy = (view: Viewport, px: number): Viewport =>
  clampView({ ...view, fromSample: view.fromSample + (px / view.pxPerSec) * SAMPLE_RATE })

export const fitFilm = (view: Viewport): Viewport => clampView({ ...view, pxPerSec: 0, fromSample: 0 })

/** Moves the view no more than needed to show `sample`, with an eighth of the width to spare. */
export function reveal(view: Viewport, sample: number): Viewport {
  const [margin, visible] = [visibleSamples(view) / 8, visibleSamples(view)]
  if (sample >= view.fromSample && sample <= view.fromSample + visible) return view
  return clampView({ ...view, fromSample: sample < view.fromSample ? sample - margin : sample - visible + margin })
}

/** While the film plays: turns a page when the playhead leaves the view, so that lanes stand still in between. */
export function page(view: Viewport, sample: number): Viewport {
  const visible = visibleSamples(view)
  if (sample >= view.fromSample && sample <= view.fromSample + visible * 0.98) return view
  return clampView({ ...view, fromSample: sample - visible * 0.04 })
}
