/** Which frame is on screen at each instant of a uniform grid. Pure. */

export interface TimedFrame {
  /** Presentation time, from the container's time zero. */
  readonly ptsSec: number
  readonly rgb: Uint8Array
}

/** A frame as seen at one instant. Instants that show the same frame share its `rgb`: do not write to it. */
export interface GridFrame extends TimedFrame {
  /** k of the instant k / rateHz. */
  readonly index: number
  readonly timeSec: number
}

export interface GridRange {
  readonly rateHz: number
  readonly firstIndex: number
  readonly count: number
}

/** Instants k / rateHz within [fromSec, toSec). Half a nanosecond forgives what dividing and multiplying loses. */
export function gridRange(rateHz: number, fromSec: number, toSec: number): GridRange {
  const ceil = (seconds: number): number => Math.ceil((seconds - 5e-10) * rateHz)
  const firstIndex = Math.max(0, ceil(fromSec))
  return { rateHz, firstIndex, count: Math.max(0, ceil(toSec) - firstIndex) }
}

/**
 * How much later than an instant a frame may be stamped and still count as shown then. Times in a file are rounded to
 * its ticks: in Matroska (1 ms) frame 2 of 30 fps is stamped 0.067, and 2/30 s must find it, or every third frame is seen
 * twice and every third never. Where a tick is a whole frame (AVI) or tiny, stamps are exact.
 */
export function roundingSlackSec(tickSec: number): number {
  return tickSec <= 1e-3 ? tickSec / 2 : 1e-7
}

/**
 * Takes decoded frames in order and gives, for each instant, the newest whose time is not later; before the first frame
 * the first, after the last the last.
 */
export class FrameGrid {
  private readonly end: number
  private next: number
  private shown: TimedFrame | undefined

  constructor(
    private readonly range: GridRange,
    private readonly slackSec: number
  ) {
    this.next = range.firstIndex
    this.end = range.firstIndex + range.count
  }

  get done(): boolean {
    return this.next >= this.end
  }

  /** Time of the next instant. */
  get nextSec(): number {
    return this.next / this.range.rateHz
  }

  /** The instants that `frame` settles: those before it came on screen. */
  *push(frame: TimedFrame): Generator<GridFrame> {
    const shown = this.shown ?? frame
    while (!this.done && this.nextSec + this.slackSec < frame.ptsSec) yield this.show(shown)
    this.shown = frame
  }

  /** The instants after the last frame. */
  *finish(): Generator<GridFrame> {
    while (this.shown && !this.done) yield this.show(this.shown)
  }

  private show(frame: TimedFrame): GridFrame {
    const shown = { index: this.next, timeSec: this.nextSec, ptsSec: frame.ptsSec, rgb: frame.rgb }
    this.next += 1
    return shown
  }
}
