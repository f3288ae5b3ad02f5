/** Puts generated sound on the film's timeline: exact length, silence outside the range, no click at its edges. */
import { SAMPLE_RATE } from '@shared/time'
import type { Shape, WriteSamples } from './draw'
import type { RangePlan } from './plan'

/** Short enough not to soften an attack that sits on the edge, long enough not to click. */
const FADE_SAMPLES = Math.round(0.003 * SAMPLE_RATE)

const SILENCE = new Float32Array(SAMPLE_RATE)

export class RangeGate implements Shape {
  #position = 0

  /** `write` receives exactly `range.totalSamples` samples in order, mono, by the time {@link finish} resolves. */
  constructor(
    private readonly range: RangePlan,
    private readonly write: WriteSamples
  ) {}

  /** Samples from `fromSample` on (absolute); what lies outside the range is cut. Parts come in order, without overlap. */
  async push(fromSample: number, samples: Float32Array): Promise<void> {
    const first = Math.max(fromSample, this.range.fromSample)
    const last = Math.min(fromSample + samples.length, this.range.toSample)
    if (first >= last) return
    await this.#silenceUntil(first)
    const part = samples.slice(first - fromSample, last - fromSample)
    for (let i = 0; i < part.length; i += 1) part[i]! *= this.#gain(first + i)
    await this.write(part)
    this.#position = last
  }

  async finish(): Promise<void> {
    await this.#silenceUntil(this.range.totalSamples)
  }

  /** The film's own edges are left alone: nothing is cut there. */
  #gain(sample: number): number {
    const { fromSample, toSample, totalSamples } = this.range
    const opening = fromSample === 0 ? 1 : (sample - fromSample) / FADE_SAMPLES
    const closing = toSample === totalSamples ? 1 : (toSample - 1 - sample) / FADE_SAMPLES
    return Math.min(1, opening, closing)
  }

  async #silenceUntil(sample: number): Promise<void> {
    while (this.#position < sample) {
      const count = Math.min(SILENCE.length, sample - this.#position)
      await this.write(SILENCE.subarray(0, count))
      this.#position += count
    }
  }
}
