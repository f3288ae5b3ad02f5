/**
 * Sample-rate conversion whose result depends on nothing but this file, so that measured numbers do not move with the
 * version of ffmpeg.
 *
 * [Note: the resampler] "kaiser-sinc-80": a windowed sinc, evaluated as a polyphase filter at the exact rational ratio
 * (48 000 -> 22 050 is 147/320). Of the lower of the two Nyquist frequencies, [0, 0.90] passes and [1.00, ...] is stopped
 * by 80 dB; the cut-off sits between them at 0.95. Kaiser's formulas (Oppenheim & Schafer, Discrete-Time Signal
 * Processing, 7.5.3) give beta = 0.1102 (80 - 8.7) = 7.86 and an order of (80 - 8) / (2.285 * 0.10 pi), stretched by
 * the ratio when the rate goes down. Each phase is scaled to unit gain at 0 Hz. Zero phase: output sample 0 lies
 * on input sample 0, and sound outside the signal is silence.
 */
import { FoleyError } from '@shared/errors'

export const RESAMPLER_NAME = 'kaiser-sinc-80'

const STOP_BAND_DB = 80
const PASS_EDGE = 0.9
const STOP_EDGE = 1
const KAISER_BETA = 0.1102 * (STOP_BAND_DB - 8.7)

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4
  let term = 1
  let sum = 1
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= quarter / (k * k)
    sum += term
  }
  return sum
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

interface Polyphase {
  /** Output samples per `down` input samples. */
  readonly up: number
  readonly down: number
  /** Input samples on each side of an output sample; even, for the unrolled sum. */
  readonly half: number
  /** [up, 2 * half]: tap j of a phase multiplies the input `j - half + 1` after the output's integer part. */
  readonly taps: Float32Array
}

/** The filter of a rate pair; exported for its golden vector. */
export function designPolyphase(fromRate: number, toRate: number): Polyphase {
  const divisor = greatestCommonDivisor(fromRate, toRate)
  const up = toRate / divisor
  const down = fromRate / divisor
  const band = Math.min(1, up / down)
  const halfSamples = (STOP_BAND_DB - 8) / (2.285 * (STOP_EDGE - PASS_EDGE) * Math.PI) / 2 / band
  const cutoff = ((PASS_EDGE + STOP_EDGE) / 2) * band
  const half = 2 * Math.ceil(halfSamples / 2)
  const width = 2 * half
  const taps = new Float32Array(up * width)
  const phase = new Float64Array(width)
  for (let p = 0; p < up; p += 1) {
    let gain = 0
    for (let j = 0; j < width; j += 1) {
      const distance = j - half + 1 - p / up
      const edge = distance / halfSamples
      const angle = Math.PI * cutoff * distance
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle
      const value = Math.abs(edge) >= 1 ? 0 : sinc * besselI0(KAISER_BETA * Math.sqrt(1 - edge * edge))
      phase[j] = value
      gain += value
    }
    for (let j = 0; j < width; j += 1) taps[p * width + j] = phase[j]! / gain
  }
  return { up, down, half, taps }
}

/** Converts a stream, chunk by chunk; the chunking does not change the result. */
export class Resampler {
  private readonly filter: Polyphase | undefined
  /** Input that later outputs still need; its first sample has the index `firstIndex`. */
  private pending: Float32Array
  private firstIndex: number
  private inputCount = 0
  private outputCount = 0

  /** Rates in Hz, positive integers; throws `request.range` otherwise. */
  constructor(fromRate: number, toRate: number) {
    for (const rate of [fromRate, toRate]) {
      if (Number.isInteger(rate) && rate > 0) continue
      throw new FoleyError(
        'request.range',
        `A sample rate must be a positive whole number of hertz; ${rate} arrived.`,
        'Convert the sound to a common rate such as 48 000 Hz first.'
      )
    }
    this.filter = fromRate === toRate ? undefined : designPolyphase(fromRate, toRate)
    this.firstIndex = -(this.filter?.half ?? 0)
    this.pending = new Float32Array(this.filter?.half ?? 0)
  }

  /** Everything that can be said with the samples so far. */
  push(chunk: Float32Array): Float32Array {
    this.inputCount += chunk.length
    if (!this.filter) return chunk
    this.append(chunk)
    const known = this.firstIndex + this.pending.length
    // An output needs input up to `half` samples after its integer part.
    const usable = Math.floor(((known - this.filter.half) * this.filter.up - 1) / this.filter.down) + 1
    return this.convert(this.filter, usable)
  }

  /** The rest: the signal is followed by silence. The total is ceil(input * toRate / fromRate) samples. */
  finish(): Float32Array {
    if (!this.filter) return new Float32Array(0)
    this.append(new Float32Array(this.filter.half + 1))
    return this.convert(this.filter, Math.ceil((this.inputCount * this.filter.up) / this.filter.down))
  }

  private append(chunk: Float32Array): void {
    const joined = new Float32Array(this.pending.length + chunk.length)
    joined.set(this.pending)
    joined.set(chunk, this.pending.length)
    this.pending = joined
  }

  private convert(filter: Polyphase, end: number): Float32Array {
    const { up, down, half, taps } = filter
    const width = taps.length / up
    const output = new Float32Array(Math.max(0, end - this.outputCount))
    const input = this.pending
    for (let n = 0; n < output.length; n += 1) {
      const place = (this.outputCount + n) * down
      const whole = Math.floor(place / up)
      let i = whole - half + 1 - this.firstIndex
      let tap = (place - whole * up) * width
      const lastTap = tap + width
      // Four sums, so that the additions of neighbouring taps do not wait for each other.
      let [a, b, c, d] = [0, 0, 0, 0]
      for (; tap < lastTap; tap += 4, i += 4) {
        a += input[i]! * taps[tap]!
        b += input[i + 1]! * taps[tap + 1]!
        c += input[i + 2]! * taps[tap + 2]!
        d += input[i + 3]! * taps[tap + 3]!
      }
      output[n] = a + b + (c + d)
    }
    this.outputCount += output.length
    const keepFrom = Math.floor((this.outputCount * down) / up) - half + 1
    const drop = Math.min(this.pending.length, Math.max(0, keepFrom - this.firstIndex))
    this.pending = this.pending.slice(drop)
    this.firstIndex += drop
    return output
  }
}

/** Whole-signal conversion: [n] -> [ceil(n * toRate / fromRate)]. See [Note: the resampler]. */
export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  const resampler = new Resampler(fromRate, toRate)
  if (fromRate === toRate) return samples
  const head = resampler.push(samples)
  const tail = resampler.finish()
  const output = new Float32Array(head.length + tail.length)
  output.set(head)
  output.set(tail, head.length)
  return output
}
