/**
 * A lane's waveform: wavesurfer.js owns the element, the canvas and its pixel ratio; we draw on it.
 *
 * [Note: why not wavesurfer's own drawing] Its `setOptions({peaks})` throws both canvases away, makes new ones and reads
 * the layout back, for each lane at each turn of the wheel: several milliseconds with a few lanes. It hands its drawing
 * context to a `renderFunction`, so we keep that context and draw the visible columns again on it: no DOM, no layout.
 */
import WaveSurfer from 'wavesurfer.js'

export interface Surface {
  readonly context: CanvasRenderingContext2D
  /** In CSS pixels; the context is scaled to them. */
  readonly widthPx: number
  readonly heightPx: number
  readonly pixelRatio: number
}

export type Paint = (surface: Surface) => void

const NO_PEAKS = [new Float32Array(2)]

/** The page's Content-Security-Policy lets only styles with this nonce in. */
const styleNonce = (): string => document.querySelector('meta[name="style-nonce"]')?.getAttribute('content') ?? ''

export class LaneCanvas {
  readonly #wavesurfer: WaveSurfer
  readonly #container: HTMLElement
  #paint: Paint | null = null
  #surface: Surface | null = null
  #widthPx: number

  constructor(container: HTMLElement, durationSec: number) {
    this.#container = container
    this.#widthPx = container.clientWidth
    this.#wavesurfer = WaveSurfer.create({
      container,
      height: container.clientHeight,
      peaks: NO_PEAKS,
      duration: durationSec,
      interact: false,
      hideScrollbar: true,
      cursorWidth: 0,
      cspNonce: styleNonce(),
      renderFunction: (_peaks, context) => this.#adopt(context)
    })
  }

  /** Draws this on the same canvas, and again whenever wavesurfer makes a new one. */
  show(paint: Paint): void {
    this.#paint = paint
    if (this.#surface) paint(this.#surface)
  }

  /** At once; wavesurfer by itself waits for a tenth of a second, and shows the stretched waveform meanwhile. */
  resize(widthPx: number): void {
    if (widthPx === this.#widthPx) return
    this.#widthPx = widthPx
    this.#wavesurfer.setOptions({ height: this.#container.clientHeight })
  }

  dispose(): void {
    this.#surface = null
    this.#wavesurfer.destroy()
  }

  #adopt(context: CanvasRenderingContext2D): void {
    const { canvas } = context
    const widthPx = parseFloat(canvas.style.width)
    const heightPx = parseFloat(canvas.style.height)
    const pixelRatio = canvas.width / Math.max(1, widthPx)
    context.scale(pixelRatio, pixelRatio)
    this.#surface = { context, widthPx, heightPx, pixelRatio }
    this.#paint?.(this.#surface)
  }
}
