/** What a turn of the wheel means, and one update a frame however many events there are. */

export type WheelIntent =
  | { readonly kind: 'zoom'; readonly factor: number }
  | { readonly kind: 'scroll'; readonly px: number }
  /** Not ours: the list of tracks scrolls. */
  | { readonly kind: 'pass' }

type WheelLike = Pick<WheelEvent, 'deltaX' | 'deltaY' | 'deltaMode' | 'ctrlKey' | 'shiftKey' | 'altKey'>

const LINE_PX = 16
const PAGE_PX = 400
/** A notch of a mouse wheel (100 px) zooms by a quarter. */
const ZOOM_PER_PX = Math.log(1.25) / 100
/** Pinches arrive as small turns with Control. */
const PINCH_PER_PX = Math.log(1.25) / 24

/** Plain: zoom. Shift or sideways: scroll. Control (also a pinch): zoom. Alt: the tracks, up and down. */
export function wheelIntent(event: WheelLike): WheelIntent {
  const unit = event.deltaMode === 1 ? LINE_PX : event.deltaMode === 2 ? PAGE_PX : 1
  const [x, y] = [event.deltaX * unit, event.deltaY * unit]
  if (event.altKey) return { kind: 'pass' }
  if (event.shiftKey) return { kind: 'scroll', px: x === 0 ? y : x }
  if (event.ctrlKey) return { kind: 'zoom', factor: Math.exp(-y * PINCH_PER_PX) }
  if (Math.abs(x) > Math.abs(y)) return { kind: 'scroll', px: x }
  return { kind: 'zoom', factor: Math.exp(-y * ZOOM_PER_PX) }
}

/** What was gathered since the last frame. */
export interface Gathered {
  readonly zoomFactor: number
  readonly anchorPx: number
  readonly scrollPx: number
}

const NOTHING: Gathered = { zoomFactor: 1, anchorPx: 0, scrollPx: 0 }

export class WheelGatherer {
  #gathered: Gathered = NOTHING
  #frame: number | null = null
  readonly #apply: (gathered: Gathered) => void
  readonly #schedule: (run: () => void) => number
  readonly #cancel: (frame: number) => void

  constructor(
    apply: (gathered: Gathered) => void,
    {
      schedule = (run) => requestAnimationFrame(run),
      cancel = (frame) => cancelAnimationFrame(frame)
    }: {
      schedule?: (run: () => void) => number
      cancel?: (frame: number) => void
    } = {}
  ) {
    this.#apply = apply
    this.#schedule = schedule
    this.#cancel = cancel
  }

  add(intent: WheelIntent, anchorPx: number): void {
    if (intent.kind === 'pass') return
    const { zoomFactor, scrollPx } = this.#gathered
    this.#gathered =
      intent.kind === 'zoom'
        ? { zoomFactor: zoomFactor * intent.factor, anchorPx, scrollPx }
        : { ...this.#gathered, scrollPx: scrollPx + intent.px }
    this.#frame ??= this.#schedule(() => this.#flush())
  }

  dispose(): void {
    if (this.#frame !== null) this.#cancel(this.#frame)
    this.#frame = null
  }

  #flush(): void {
    const gathered = this.#gathered
    this.#gathered = NOTHING
    this.#frame = null
    this.#apply(gathered)
  }
}
