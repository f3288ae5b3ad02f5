/** Parts of a WAV file: an hour's take is never read whole. */
import { type FileHandle, open } from 'node:fs/promises'
import { FoleyError } from '@shared/errors'
import { SAMPLE_RATE } from '@shared/time'
import { readWavInfo, toFloats, type WavInfo } from './wav-read'

/** A take's sound. Whoever opens it closes it. */
export class WavSlices {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    readonly info: WavInfo
  ) {}

  /** @throws FoleyError `input.unreadable`, `input.not-media` */
  static async open(path: string): Promise<WavSlices> {
    try {
      const info = await readWavInfo(path)
      if (info.channels !== 1 || info.sampleRate !== SAMPLE_RATE) throw notATake(path)
      return new WavSlices(path, await open(path), info)
    } catch (error) {
      if (error instanceof FoleyError) throw error
      throw new FoleyError(
        'input.unreadable',
        `The sound ${path} is missing or cannot be read.`,
        'Put it back where it was, or regenerate the region that plays it.',
        { cause: error }
      )
    }
  }

  /** Interleaved frames `from <= n < from + count`, -1..1; fewer where the file ends before. */
  async read(from: number, count: number): Promise<Float32Array> {
    const { channels, bitsPerSample, dataStart, frames } = this.info
    const frameBytes = (channels * bitsPerSample) / 8
    const length = Math.max(0, Math.min(count, frames - from)) * frameBytes
    const bytes = Buffer.allocUnsafe(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await this.file.read(bytes, filled, length - filled, dataStart + from * frameBytes + filled)
      if (bytesRead === 0) {
        throw new FoleyError('input.not-media', `The sound ${this.path} was cut off.`, 'Regenerate the region.')
      }
      filled += bytesRead
    }
    return toFloats(bytes, bitsPerSample)
  }

  async close(): Promise<void> {
    await this.file.close()
  }
}

const notATake = (path: string): FoleyError =>
  new FoleyError(
    'input.not-media',
    `The sound ${path} is not mono at 48 kHz any more, as takes are.`,
    'Put the original back, or regenerate the region that plays it.'
  )
