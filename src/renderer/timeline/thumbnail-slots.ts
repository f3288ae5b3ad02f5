/** Which pictures of the film strip are shown where. Pure. */
import type { Thumbnails } from '@shared/ipc'
import { SAMPLE_RATE } from '@shared/time'
import { toPx, visibleSamples, type Viewport } from './viewport'

export interface ThumbnailSlot {
  /** Stays the same while scrolling, and at small changes of zoom. */
  readonly key: string
  readonly px: number
  readonly widthPx: number
  readonly picture: number
}

/**
 * Slots of a power of two times the pictures' distance: zooming stretches them from 3/4 to 3/2 of a picture's width, then
 * doubles or halves their number, so that few pictures are exchanged.
 */
export function thumbnailSlots(view: Viewport, thumbnails: Thumbnails, heightPx: number): readonly ThumbnailSlot[] {
  const { count, everySec, width, height } = thumbnails
  if (count === 0 || everySec <= 0 || view.pxPerSec <= 0) return []
  const wantedSec = (((heightPx * width) / height) * 0.75) / view.pxPerSec
  const octave = Math.ceil(Math.log2(wantedSec / everySec))
  const slotSamples = everySec * 2 ** octave * SAMPLE_RATE
  const end = Math.min(view.durationSamples, view.fromSample + visibleSamples(view))
  const slots: ThumbnailSlot[] = []
  for (let index = Math.floor(view.fromSample / slotSamples); index * slotSamples < end; index += 1) {
    const from = index * slotSamples
    const to = Math.min(from + slotSamples, view.durationSamples)
    const picture = Math.min(count - 1, Math.floor(from / (everySec * SAMPLE_RATE) + 1e-6))
    slots.push({ key: `${octave}/${index}`, px: toPx(view, from), widthPx: toPx(view, to) - toPx(view, from), picture })
  }
  return slots
}
