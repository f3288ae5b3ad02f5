/**
 * The sound of a take as it is decoded: exactly the drawn range, with its edges joined to what plays outside. What is
 * decoded beyond the range is used for the joints and never written. Holds some 40 ms, whatever the length.
 */
import { fadeIn, FADE_SAMPLES, join, JOIN_SAMPLES, OUTSIDE_SAMPLES, type OldSound } from './seam'

export type Edge =
  /** The film's own start or end: left as it was drawn. */
  | { readonly kind: 'film' }
  /** Silence outside. */
  | { readonly kind: 'fade' }
  /** Old sound, of that take, goes on outside; in order of time on either side. */
  | { readonly kind: 'join'; readonly takeId: string; readonly old: OldSound }

export interface TakeRange {
  readonly fromSample: number
  readonly toSample: number
  readonly left: Edge
  readonly right: Edge
}

/** Samples around one edge: decoded so far, and from where to where. */
class EdgeWindow {
  readonly samples: Float32Array
  from = Infinity
  to = -Infinity

  constructor(
    readonly start: number,
    readonly end: number
  ) {
    this.samples = new Float32Array(end - start)
  }

  take(fromSample: number, part: Float32Array): void {
    const first = Math.max(fromSample, this.start)
    const last = Math.min(fromSample + part.length, this.end)
    if (first >= last) return
    this.samples.set(part.subarray(first - fromSample, last - fromSample), first - this.start)
    this.from = Math.min(this.from, first)
    this.to = Math.max(this.to, last)
  }

  /** What was decoded of `fromSample <= n < toSample`; a view. */
  between(fromSample: number, toSample: number): Float32Array {
    const first = Math.max(fromSample, this.from)
    const last = Math.min(toSample, this.to)
    return this.samples.subarray(Math.max(0, first - this.start), Math.max(0, last - this.start, first - this.start))
  }
}

export class TakeSound {
  readonly #range: TakeRange
  readonly #write: (samples: Float32Array) => Promise<void>
  /** Length of both edges' joints. */
  readonly #edge: number
  readonly #head: EdgeWindow
  readonly #tail: EdgeWindow
  #headWritten = false
  #next: number

  /** `write` receives exactly the range, in order, by the time {@link finish} resolves. */
  constructor(range: TakeRange, write: (samples: Float32Array) => Promise<void>) {
    const { fromSample, toSample } = range
    this.#range = range
    this.#write = write
    this.#edge = Math.min(JOIN_SAMPLES, Math.floor((toSample - fromSample) / 2))
    this.#head = new EdgeWindow(fromSample - OUTSIDE_SAMPLES, fromSample + this.#edge)
    this.#tail = new EdgeWindow(toSample - this.#edge, toSample + OUTSIDE_SAMPLES)
    this.#next = fromSample + this.#edge
  }

  /** Decoded samples from `fromSample` on, counted from the film's start; parts come in order, without gap. */
  async push(fromSample: number, samples: Float32Array): Promise<void> {
    this.#head.take(fromSample, samples)
    this.#tail.take(fromSample, samples)
    const last = Math.min(fromSample + samples.length, this.#tail.start)
    if (last <= this.#next) return
    await this.#writeHead()
    await this.#write(samples.slice(this.#next - fromSample, last - fromSample))
    this.#next = last
  }

  async finish(): Promise<void> {
    await this.#writeHead()
    const { toSample, right } = this.#range
    const reversed = (part: Float32Array): Float32Array => part.slice().reverse()
    const inside = reversed(this.#tail.between(this.#tail.start, toSample))
    const margin = reversed(this.#tail.between(toSample, this.#tail.end))
    const mirrored: Edge =
      right.kind === 'join'
        ? { ...right, old: { outside: reversed(right.old.outside), inside: reversed(right.old.inside) } }
        : right
    this.#shape(inside, margin, mirrored)
    await this.#write(inside.reverse())
  }

  async #writeHead(): Promise<void> {
    if (this.#headWritten) return
    this.#headWritten = true
    const { fromSample, left } = this.#range
    const inside = this.#head.between(fromSample, this.#head.end).slice()
    this.#shape(inside, this.#head.between(this.#head.start, fromSample), left)
    await this.#write(inside)
  }

  /** As seen from a left edge. */
  #shape(inside: Float32Array, margin: Float32Array, edge: Edge): void {
    const length = Math.min(this.#edge, inside.length)
    if (edge.kind === 'fade') fadeIn(inside, Math.min(FADE_SAMPLES, length))
    if (edge.kind === 'join') join(inside, edge.old, margin, length)
  }
}
