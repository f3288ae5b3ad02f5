/** Waveforms to draw: the lowest and highest sample of each bin. */

/** Collects chunks of interleaved samples into [min, max] pairs over all channels. */
export class PeakCollector {
  private readonly pairs: number[] = []
  private low = Infinity
  private high = -Infinity
  private seen = 0

  /** `samplesPerPeak` counts frames: one peak covers so many instants, whatever the number of channels. */
  constructor(
    private readonly samplesPerPeak: number,
    private readonly channels: number
  ) {}

  push(interleaved: Float32Array): void {
    const perPeak = this.samplesPerPeak * this.channels
    for (let from = 0; from < interleaved.length;) {
      const to = Math.min(interleaved.length, from + perPeak - this.seen)
      // In locals: fields would be written for every sample of an hour.
      let { low, high } = this
      for (let at = from; at < to; at += 1) {
        const sample = interleaved[at]!
        if (sample < low) low = sample
        if (sample > high) high = sample
      }
      this.low = low
      this.high = high
      this.seen += to - from
      from = to
      if (this.seen === perPeak) this.close()
    }
  }

  /** [min, max, min, max, ...], the last pair over what is left. */
  finish(): Float32Array {
    if (this.seen > 0) this.close()
    return Float32Array.from(this.pairs)
  }

  private close(): void {
    this.pairs.push(this.low, this.high)
    this.low = Infinity
    this.high = -Infinity
    this.seen = 0
  }
}

/** Peaks of a whole sound, from memory or as it is decoded. */
export async function peaksOf(
  chunks: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  samplesPerPeak: number,
  channels: number
): Promise<Float32Array> {
  const collector = new PeakCollector(samplesPerPeak, channels)
  for await (const chunk of chunks) collector.push(chunk)
  return collector.finish()
}
