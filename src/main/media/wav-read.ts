/** Reads WAV files: 16 and 24 bits, 32-bit float, RIFF and RF64. */
import { type FileHandle, open } from 'node:fs/promises'
import { FoleyError } from '@shared/errors'
import type { WavShape } from './wav-header'

export interface WavInfo extends WavShape {
  readonly frames: number
  /** From `bext`; undefined where there is none. */
  readonly timeReferenceSamples: number | undefined
  /** Offset of the first sample in the file. */
  readonly dataStart: number
}

const FORMAT_PCM = 1
const FORMAT_FLOAT = 3
const FORMAT_EXTENSIBLE = 0xfffe

/** @throws FoleyError `input.not-media` */
export async function readWavInfo(path: string): Promise<WavInfo> {
  const file = await open(path)
  try {
    return await readHead(file, path)
  } finally {
    await file.close()
  }
}

/** The whole sound, interleaved [frames * channels], -1..1. @throws FoleyError `input.not-media` */
export async function readWav(path: string): Promise<WavInfo & { readonly samples: Float32Array }> {
  const file = await open(path)
  try {
    const info = await readHead(file, path)
    const bytes = await readAt(file, info.dataStart, (info.frames * info.channels * info.bitsPerSample) / 8)
    return { ...info, samples: toFloats(bytes, info.bitsPerSample) }
  } finally {
    await file.close()
  }
}

async function readHead(file: FileHandle, path: string): Promise<WavInfo> {
  const head = await readAt(file, 0, 12)
  const kind = head.toString('latin1', 0, 4)
  if ((kind !== 'RIFF' && kind !== 'RF64') || head.toString('latin1', 8, 12) !== 'WAVE') throw notWav(path)
  let position = 12
  let shape: WavShape | undefined
  let timeReferenceSamples: number | undefined
  let largeDataBytes: number | undefined
  for (;;) {
    const chunk = await readAt(file, position, 8)
    if (chunk.length < 8) throw notWav(path)
    const size = chunk.readUInt32LE(4)
    const bodyStart = position + 8
    switch (chunk.toString('latin1', 0, 4)) {
      case 'ds64':
        largeDataBytes = Number((await readAt(file, bodyStart, 16)).readBigUInt64LE(8))
        break
      case 'bext':
        timeReferenceSamples = Number((await readAt(file, bodyStart + 338, 8)).readBigUInt64LE(0))
        break
      case 'fmt ':
        shape = readShape(await readAt(file, bodyStart, Math.min(size, 40)), path)
        break
      case 'data': {
        if (!shape) throw notWav(path)
        const dataBytes = size === 0xffff_ffff && largeDataBytes !== undefined ? largeDataBytes : size
        const frames = Math.floor(dataBytes / ((shape.channels * shape.bitsPerSample) / 8))
        return { ...shape, frames, timeReferenceSamples, dataStart: bodyStart }
      }
    }
    position = bodyStart + size + (size % 2)
  }
}

function readShape(format: Buffer, path: string): WavShape {
  if (format.length < 16) throw notWav(path)
  const tag = format.readUInt16LE(0)
  const kind = tag === FORMAT_EXTENSIBLE && format.length >= 26 ? format.readUInt16LE(24) : tag
  const bitsPerSample = format.readUInt16LE(14)
  const isKnown = kind === FORMAT_PCM ? [16, 24].includes(bitsPerSample) : kind === FORMAT_FLOAT && bitsPerSample === 32
  const [channels, sampleRate] = [format.readUInt16LE(2), format.readUInt32LE(4)]
  if (!isKnown || channels === 0 || sampleRate === 0) throw notWav(path)
  return { channels, sampleRate, bitsPerSample }
}

/** Little-endian samples of a data chunk, -1..1. */
export function toFloats(bytes: Buffer, bitsPerSample: number): Float32Array {
  const sampleBytes = bitsPerSample / 8
  const samples = new Float32Array(Math.floor(bytes.length / sampleBytes))
  if (bitsPerSample === 32) {
    for (let i = 0; i < samples.length; i += 1) samples[i] = bytes.readFloatLE(4 * i)
    return samples
  }
  // By hand: Buffer's own readers check every place, which makes an hour's waveform ten times slower. The last byte has
  // the sign.
  const scale = 2 ** -31
  for (let i = 0, at = 0; i < samples.length; i += 1, at += sampleBytes) {
    const low = sampleBytes === 3 ? bytes[at]! << 8 : 0
    samples[i] = ((bytes[at + sampleBytes - 1]! << 24) | (bytes[at + sampleBytes - 2]! << 16) | low) * scale
  }
  return samples
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

const notWav = (path: string): FoleyError =>
  new FoleyError(
    'input.not-media',
    `${path} is not a WAV file of 16 or 24 bits or 32-bit float.`,
    'Convert it to a 24-bit WAV.'
  )
