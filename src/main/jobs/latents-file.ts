/**
 * A take's latents on disk, `<take>.latents`, so that they can be known context of what is drawn beside them.
 *
 * All numbers little-endian:
 *
 *     0   8   "FOLEYLAT"
 *     8   4   uint32   version, 1
 *     12  4   uint32   channels C
 *     16  8   float64  latents a second
 *     24  4   uint32   index of the first latent, counted from the film's start
 *     28  4   uint32   number n of latents
 *     32  32  SHA-256 of the model pack's manifest
 *     64      float32  [n, C]
 */
import { type FileHandle, open } from 'node:fs/promises'
import { createFile, withErrnoAsFoley } from '../media/output'

export interface LatentsHeader {
  readonly channels: number
  readonly rateHz: number
  readonly fromLatent: number
  readonly count: number
  /** In hexadecimal. */
  readonly packHash: string
}

const MAGIC = 'FOLEYLAT'
const VERSION = 1
const HEADER_BYTES = 64

function headerBytes({ channels, rateHz, fromLatent, count, packHash }: LatentsHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt32LE(VERSION, 8)
  bytes.writeUInt32LE(channels, 12)
  bytes.writeDoubleLE(rateHz, 16)
  bytes.writeUInt32LE(fromLatent, 24)
  bytes.writeUInt32LE(count, 28)
  bytes.write(packHash, 32, 'hex')
  return bytes
}

/** @throws FoleyError `output.*` from every method */
export class LatentsWriter {
  #rows = 0

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly header: LatentsHeader
  ) {}

  static async create(path: string, header: Omit<LatentsHeader, 'count'>): Promise<LatentsWriter> {
    return withErrnoAsFoley(path, async () => {
      const empty = { ...header, count: 0 }
      return new LatentsWriter(path, await createFile(path, headerBytes(empty)), empty)
    })
  }

  /** Rows `[n, C]`, in order. */
  async write(latents: Float32Array): Promise<void> {
    const { channels } = this.header
    const bytes = Buffer.from(latents.buffer, latents.byteOffset, latents.byteLength)
    const at = HEADER_BYTES + this.#rows * channels * 4
    await withErrnoAsFoley(this.path, async () => {
      let written = 0
      while (written < bytes.length) {
        written += (await this.file.write(bytes, written, bytes.length - written, at + written)).bytesWritten
      }
    })
    this.#rows += latents.length / channels
  }

  async close(): Promise<void> {
    await withErrnoAsFoley(this.path, async () => {
      try {
        await this.file.write(headerBytes({ ...this.header, count: this.#rows }), 0, HEADER_BYTES, 0)
        await this.file.sync()
      } finally {
        await this.file.close()
      }
    })
  }
}

/** Undefined where there is no such file, or none that we wrote: then it cannot be context. */
export async function readLatentsHeader(path: string): Promise<LatentsHeader | undefined> {
  const file = await open(path).catch(() => undefined)
  if (!file) return undefined
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
    const isOurs = buffer.toString('latin1', 0, 8) === MAGIC && buffer.readUInt32LE(8) === VERSION
    if (bytesRead < HEADER_BYTES || !isOurs) return undefined
    const header = {
      channels: buffer.readUInt32LE(12),
      rateHz: buffer.readDoubleLE(16),
      fromLatent: buffer.readUInt32LE(24),
      count: buffer.readUInt32LE(28),
      packHash: buffer.toString('hex', 32, 64)
    }
    const { size } = await file.stat()
    return size >= HEADER_BYTES + header.count * header.channels * 4 ? header : undefined
  } finally {
    await file.close()
  }
}

/** Rows `[to - from, C]` of a file whose header was read; indices count from the film's start. */
export async function readLatents(
  path: string,
  header: LatentsHeader,
  from: number,
  to: number
): Promise<Float32Array> {
  const rows = new Float32Array((to - from) * header.channels)
  const bytes = new Uint8Array(rows.buffer)
  const file = await open(path)
  try {
    const start = HEADER_BYTES + (from - header.fromLatent) * header.channels * 4
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled)
      if (bytesRead === 0) throw new Error(`${path} ends before its header says`)
      filled += bytesRead
    }
    return rows
  } finally {
    await file.close()
  }
}
