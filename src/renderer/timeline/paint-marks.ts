/** Draws sync points where there are too many for an element each. They look as SyncMarker.svelte draws them. */
import type { SyncMark } from '@shared/project'
import { STEM_PX, type MarkLook } from './sync-look'

export interface PlacedMark {
  readonly px: number
  readonly kind: SyncMark['kind']
  readonly look: MarkLook
}

export interface MarkColours {
  readonly accent: string
  readonly ok: string
  readonly warn: string
  readonly ground: string
}

const FOOT_PX = 5
/** From the middle of the diamond to its corners. */
const DIAMOND_PX = 5

/** Points so close that their diamonds would run together: stems only, and what is off last and strongest. */
export function paintCrowd(
  context: CanvasRenderingContext2D,
  marks: readonly PlacedMark[],
  { heightPx, colours }: { readonly heightPx: number; readonly colours: MarkColours }
): void {
  for (const isOff of [false, true]) {
    context.fillStyle = isOff ? colours.warn : colours.accent
    context.globalAlpha = isOff ? 0.9 : 0.5
    for (const { px, look } of marks) {
      const rise = Math.round(look.height * STEM_PX)
      if ((look.tone === 'off') === isOff) context.fillRect(Math.round(px), heightPx - rise, 1, rise)
    }
  }
  context.globalAlpha = 1
}

export function paintMarks(
  context: CanvasRenderingContext2D,
  marks: readonly PlacedMark[],
  { heightPx, colours }: { readonly heightPx: number; readonly colours: MarkColours }
): void {
  context.lineWidth = 1.5
  for (const { px, kind, look } of marks) {
    const isPinned = kind === 'pinned'
    const top = heightPx - Math.round(look.height * STEM_PX)
    const ink = look.tone === 'off' ? colours.warn : colours.accent
    const [left, width] = isPinned ? [Math.round(px) - 1, 2] : [Math.round(px), 1]
    context.globalAlpha = look.opacity
    context.fillStyle = ink
    context.fillRect(left, top, width, heightPx - top)
    if (look.tone === 'ok') {
      context.fillStyle = colours.ok
      context.fillRect(left, heightPx - FOOT_PX, width, FOOT_PX)
    }
    diamond(context, left + width / 2, top)
    context.fillStyle = isPinned ? ink : colours.ground
    context.strokeStyle = ink
    context.fill()
    context.stroke()
  }
  context.globalAlpha = 1
}

function diamond(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath()
  context.moveTo(x, y - DIAMOND_PX)
  context.lineTo(x + DIAMOND_PX, y)
  context.lineTo(x, y + DIAMOND_PX)
  context.lineTo(x - DIAMOND_PX, y)
  context.closePath()
}
