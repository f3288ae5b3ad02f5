/** Draws columns and ticks on a lane's canvas. Colours come resolved: a canvas does not know custom properties. */
import type { ColumnGrid, ColumnRun } from './compose-columns'
import type { Surface } from './lane-canvas'
import type { Tone } from './sync-look'

export interface LaneColours {
  readonly wave: string
  readonly ok: string
  readonly warn: string
  readonly faint: string
  /** The lane itself. */
  readonly ground: string
}

export interface AttackTick {
  readonly px: number
  readonly tone: Tone
}

/** A region too narrow for an element of its own. */
export interface Box {
  readonly px: number
  readonly widthPx: number
}

/** Places of a region's ends and of where its fades end, in pixels. */
export interface Fades {
  readonly from: number
  readonly fullFrom: number
  readonly fullTo: number
  readonly to: number
}

/** Space over the waveform that the ticks stand in. */
export const TICK_ROW_PX = 9
const TICK_PX = 5
/** Mean distance of ticks below which they would be one solid bar. */
const CROWDED_PX = 6
/** Of the lane's half height, at full scale. */
const FULL_SCALE = 0.94

export interface LanePicture {
  readonly grid: ColumnGrid
  readonly runs: readonly ColumnRun[]
  readonly ticks: readonly AttackTick[]
  readonly boxes: readonly Box[]
  readonly fades: readonly Fades[]
  readonly colours: LaneColours
}

export function paintLane(surface: Surface, { grid, runs, ticks, boxes, fades, colours }: LanePicture): void {
  surface.context.clearRect(0, 0, surface.widthPx, surface.heightPx)
  paintBoxes(surface, boxes, colours.wave)
  paintRuns(surface, grid, runs, colours.wave)
  paintFades(surface, fades, colours)
  paintTicks(surface, ticks, colours)
}

/** Linear height shows only the loudest 20 dB; this shows what is 40 dB down as a sixteenth, and keeps attacks steep. */
export const heightOf = (amplitude: number): number => Math.sign(amplitude) * Math.min(1, Math.abs(amplitude) ** 0.6)

function paintRuns(surface: Surface, grid: ColumnGrid, runs: readonly ColumnRun[], colour: string): void {
  const { context, pixelRatio } = surface
  // Whole device pixels, or each column would be smeared over two.
  const offset = Math.round(grid.offsetPx * pixelRatio) / pixelRatio
  context.fillStyle = colour
  for (const { firstColumn, pairs, isMuted } of runs) {
    context.globalAlpha = isMuted ? 0.3 : 1
    const left = firstColumn - grid.firstColumn + offset
    paintColumns(surface, left, pairs)
  }
  context.globalAlpha = 1
}

/** Equal neighbours, silence above all, are one rectangle: calls to the canvas are most of what a draw costs. */
function paintColumns({ context, heightPx, pixelRatio }: Surface, left: number, pairs: Float32Array): void {
  const middle = TICK_ROW_PX / 2 + heightPx / 2
  const half = (heightPx - TICK_ROW_PX) * 0.5 * FULL_SCALE
  const rowOf = (amplitude: number): number =>
    Math.round((middle - heightOf(amplitude) * half) * pixelRatio) / pixelRatio
  const columns = pairs.length / 2
  let [start, startTop, startBottom] = [0, 0, 0]
  for (let column = 0; column <= columns; column += 1) {
    const isEnd = column === columns
    const top = isEnd ? NaN : rowOf(pairs[column * 2 + 1]!)
    const bottom = isEnd ? NaN : rowOf(pairs[column * 2]!)
    if (top === startTop && bottom === startBottom) continue
    if (column > start) {
      // Silence is a hairline: it shows that there is sound, and that it is silent.
      context.fillRect(
        left + start,
        Math.min(startTop, middle - 0.5),
        column - start,
        Math.max(1, startBottom - startTop)
      )
    }
    start = column
    startTop = top
    startBottom = bottom
  }
}

function paintTicks({ context, widthPx }: Surface, ticks: readonly AttackTick[], colours: LaneColours): void {
  const isCrowded = ticks.length > widthPx / CROWDED_PX
  const colourOf = { ok: colours.ok, off: colours.warn, none: colours.faint }
  for (const tone of ['none', 'ok', 'off'] as const) {
    context.fillStyle = colourOf[tone]
    context.globalAlpha = isCrowded && tone !== 'off' ? 0.4 : 1
    const width = isCrowded ? 1 : 2
    for (const { px, tone: own } of ticks) if (own === tone) context.fillRect(Math.round(px) - 1, 2, width, TICK_PX)
  }
  context.globalAlpha = 1
}

/** As RegionBox.svelte looks from far away. */
function paintBoxes({ context, heightPx }: Surface, boxes: readonly Box[], colour: string): void {
  context.fillStyle = colour
  context.strokeStyle = colour
  context.lineWidth = 1
  for (const { px, widthPx } of boxes) {
    const left = Math.round(px)
    const width = Math.max(1, Math.round(px + widthPx) - left - 1)
    context.globalAlpha = 0.07
    context.fillRect(left, 3, width, heightPx - 6)
    if (width < 4) continue
    context.globalAlpha = 0.26
    context.strokeRect(left + 0.5, 3.5, width - 1, heightPx - 7)
  }
  context.globalAlpha = 1
}

/** The envelope of a region that fades: its slopes as lines, what it lets through tinted, what it takes away veiled. */
function paintFades({ context, heightPx }: Surface, fades: readonly Fades[], colours: LaneColours): void {
  if (fades.length === 0) return
  const [top, bottom] = [4, heightPx - 4]
  const envelopes = new Path2D()
  const veils = new Path2D()
  const slopes = new Path2D()
  for (const { from, fullFrom, fullTo, to } of fades) {
    polygon(envelopes, [from, bottom], [fullFrom, top], [fullTo, top], [to, bottom])
    for (const [silent, full] of [[from, fullFrom] as const, [to, fullTo] as const]) {
      if (silent === full) continue
      polygon(veils, [silent, bottom], [full, top], [silent, top])
      slopes.moveTo(silent, bottom)
      slopes.lineTo(full, top)
    }
  }
  context.fillStyle = colours.ground
  context.globalAlpha = 0.6
  context.fill(veils)
  context.fillStyle = colours.wave
  context.globalAlpha = 0.1
  context.fill(envelopes)
  context.strokeStyle = colours.wave
  context.lineWidth = 1.5
  context.globalAlpha = 0.8
  context.stroke(slopes)
  context.globalAlpha = 1
}

function polygon(path: Path2D, ...corners: readonly (readonly [x: number, y: number])[]): void {
  const drawn = new Path2D()
  for (const [x, y] of corners) drawn.lineTo(x, y)
  drawn.closePath()
  path.addPath(drawn)
}
