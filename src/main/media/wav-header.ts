/** The head of a Broadcast Wave file, byte for byte. Pure. EBU Tech 3285 (BWF), EBU Tech 3306 (RF64). */

export interface WavShape {
  readonly sampleRate: number
  readonly channels: number
  readonly bitsPerSample: number
}

export interface BroadcastInfo {
  /** Samples between midnight and the first sample: what an editor lines the file up by. */
  readonly timeReferenceSamples?: number
  readonly description?: string
  readonly originator?: string
  /** "yyyy-mm-dd" and "hh:mm:ss"; left out, the same sound gives the same bytes on any day. */
  readonly originationDate?: string
  readonly originationTime?: string
}

/** ds64: RIFF size, data size and sample count as 64 bits, and an empty table. */
const DS64_BYTES = 28
const BEXT_BYTES = 602
const FMT_BYTES = 16
export const WAV_HEADER_BYTES = 12 + (8 + DS64_BYTES) + (8 + BEXT_BYTES) + (8 + FMT_BYTES) + 8

const MAX_32 = 0xffff_ffff

/**
 * Everything before the samples. A file over 4 GiB becomes RF64: its sizes stand in `ds64`, whose place a `JUNK` chunk
 * keeps free in every file, so that a writer need not know the length in advance (EBU Tech 3306, 3).
 */
export function wavHeader(shape: WavShape, frames: number, broadcast: BroadcastInfo = {}): Buffer {
  const frameBytes = (shape.channels * shape.bitsPerSample) / 8
  const dataBytes = frames * frameBytes
  const riffBytes = WAV_HEADER_BYTES - 8 + dataBytes + (dataBytes % 2)
  const isLarge = riffBytes > MAX_32
  const bytes = Buffer.alloc(WAV_HEADER_BYTES)
  let at = 0
  const text = (value: string, length = value.length): void => {
    bytes.write(value.slice(0, length), at, 'latin1')
    at += length
  }
  const u16 = (value: number): number => (at = bytes.writeUInt16LE(value, at))
  const u32 = (value: number): number => (at = bytes.writeUInt32LE(Math.min(value, MAX_32), at))
  const u64 = (value: number): bigint | number => (at = bytes.writeBigUInt64LE(BigInt(value), at))

  text(isLarge ? 'RF64' : 'RIFF')
  u32(riffBytes)
  text('WAVE')

  text(isLarge ? 'ds64' : 'JUNK')
  u32(DS64_BYTES)
  if (isLarge) for (const size of [riffBytes, dataBytes, frames]) u64(size)
  else at += 24
  at += 4

  text('bext')
  u32(BEXT_BYTES)
  text(broadcast.description ?? '', 256)
  text(broadcast.originator ?? 'Foley Studio', 32)
  text('', 32)
  text(broadcast.originationDate ?? '', 10)
  text(broadcast.originationTime ?? '', 8)
  u64(broadcast.timeReferenceSamples ?? 0)
  // Version 1; then UMID (64), loudness (10) and reserve (180), all zero.
  u16(1)
  at += 254

  text('fmt ')
  u32(FMT_BYTES)
  u16(shape.bitsPerSample === 32 ? 3 : 1)
  u16(shape.channels)
  u32(shape.sampleRate)
  u32(shape.sampleRate * frameBytes)
  u16(frameBytes)
  u16(shape.bitsPerSample)

  text('data')
  u32(dataBytes)
  return bytes
}
