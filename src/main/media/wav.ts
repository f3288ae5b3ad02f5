/** Writes 24-bit Broadcast Wave files as the sound comes, in constant memory. */
import type { FileHandle } from 'node:fs/promises'
import { createFile, withErrnoAsFoley } from './output'
import { type BroadcastInfo, WAV_HEADER_BYTES, wavHeader, type WavShape } from './wav-header'

export interface WavOptions extends BroadcastInfo {
  readonly sampleRate: number
  readonly channels: 1 | 2
}

export interface WavSummary {
  readonly frames: number
  /** Samples that did not fit into -1..1 and were held at the limit. Not-a-number counts too, and is written as 0. */
  readonly clippedSamples: number
  /** Largest |sample| that came in; 0 for silence. */
  readonly peak: number
}

const FULL_SCALE = 0x80_0000

/** @throws FoleyError `output.disk-full`, `output.unwritable` from every method */
export class WavWriter {
  private frames = 0
  private clippedSamples = 0
  private peak = 0
  private closed = false

  private constructor(
    private readonly target: string,
    private readonly file: FileHandle,
    private readonly options: WavOptions
  ) {}

  /** Replaces what stands at `path`; use {@link withTemporary} where that matters. An error names `target`. */
  static async create(path: string, options: WavOptions, target = path): Promise<WavWriter> {
    return withErrnoAsFoley(target, async () => {
      const file = await createFile(path, wavHeader(shapeOf(options), 0, options))
      return new WavWriter(target, file, options)
    })
  }

  /** Interleaved samples, nominally -1..1, a whole number of frames. */
  async write(interleaved: Float32Array): Promise<void> {
    if (interleaved.length % this.options.channels !== 0) throw new RangeError('a chunk must hold whole frames')
    const bytes = Buffer.allocUnsafe(interleaved.length * 3)
    for (let i = 0; i < interleaved.length; i += 1) bytes.writeIntLE(this.quantise(interleaved[i] ?? 0), i * 3, 3)
    this.frames += interleaved.length / this.options.channels
    await withErrnoAsFoley(this.target, () => this.file.writeFile(bytes))
  }

  /** Completes the header and makes the file durable. */
  async close(): Promise<WavSummary> {
    if (!this.closed) {
      this.closed = true
      await withErrnoAsFoley(this.target, async () => {
        try {
          // Chunks are padded to even lengths (RIFF).
          if ((this.frames * this.options.channels) % 2 === 1) await this.file.writeFile(Buffer.alloc(1))
          await this.file.write(wavHeader(shapeOf(this.options), this.frames, this.options), 0, WAV_HEADER_BYTES, 0)
          await this.file.sync()
        } finally {
          await this.file.close()
        }
      })
    }
    return { frames: this.frames, clippedSamples: this.clippedSamples, peak: this.peak }
  }

  private quantise(sample: number): number {
    const size = Math.abs(sample)
    // Also false for not-a-number.
    if (size <= 1) {
      if (size > this.peak) this.peak = size
      return Math.min(Math.round(sample * FULL_SCALE), FULL_SCALE - 1)
    }
    this.clippedSamples += 1
    if (Number.isNaN(sample)) return 0
    this.peak = Math.max(this.peak, size)
    return sample > 0 ? FULL_SCALE - 1 : -FULL_SCALE
  }
}

const shapeOf = ({ sampleRate, channels }: WavOptions): WavShape => ({ sampleRate, channels, bitsPerSample: 24 })
