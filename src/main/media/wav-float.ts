/** Writes WAV files of 32-bit floats as the sound comes: for what is turned up or down afterwards, and must not clip. */
import type { FileHandle } from 'node:fs/promises'
import { createFile, withErrnoAsFoley } from './output'
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
      const file = await createFile(path, Buffer.alloc(WAV_HEADER_BYTES))
      return new FloatWavWriter(target, file, { ...shape, bitsPerSample: 32 })
    })
  }

  /** Interleaved samples, a whole number of frames. Every platform that Electron runs on is little-endian. */
  async write({ buffer, byteOffset, byteLength, length }: Float32Array): Promise<void> {
    await withErrnoAsFoley(this.target, () => this.file.writeFile(Buffer.from(buffer, byteOffset, byteLength)))
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
}
