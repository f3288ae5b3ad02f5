/** Writes WAV files of 32-bit floats as the sound comes: for what is turned up or down afterwards, and must not clip. */
import { type FileHandle, open } from 'node:fs/promises'
import { withErrnoAsFoley } from './output'
import { WAV_HEADER_BYTES, wavHeader, type WavShape } from './wav-header'

/** @throws FoleyError `output.*` from every method */
export class FloatWavWriter {
  private frames = 0

  private constructor(
    private readonly target: string,
    private readonly file: FileHandle,
    private readonly shape: WavShape
  ) {}

  /** An error names `target`. */
  static async create(
    path: string,
    shape: { readonly sampleRate: number; readonly channels: number },
    target = path
  ): Promise<FloatWavWriter> {
    return withErrnoAsFoley(target, async () => {
      const file = await open(path, 'w')
      const writer = new FloatWavWriter(target, file, { ...shape, bitsPerSample: 32 })
      try {
        await writer.append(Buffer.alloc(WAV_HEADER_BYTES))
      } catch (error) {
        await file.close()
        throw error
      }
      return writer
    })
  }

  /** Interleaved samples, a whole number of frames. Every platform that Electron runs on is little-endian. */
  async write({ buffer, byteOffset, byteLength, length }: Float32Array): Promise<void> {
    await withErrnoAsFoley(this.target, () => this.append(Buffer.from(buffer, byteOffset, byteLength)))
    this.frames += length / this.shape.channels
  }

  /** Completes the header. */
  async close(): Promise<void> {
    await withErrnoAsFoley(this.target, async () => {
      try {
        await this.file.write(wavHeader(this.shape, this.frames), 0, WAV_HEADER_BYTES, 0)
      } finally {
        await this.file.close()
      }
    })
  }

  private async append(bytes: Buffer): Promise<void> {
    let written = 0
    while (written < bytes.length) written += (await this.file.write(bytes, written)).bytesWritten
  }
}
