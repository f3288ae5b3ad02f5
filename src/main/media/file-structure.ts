/**
 * What a file's own structure says before anything is decoded: is all of it there, and is its picture cut by an edit
 * list. Reads headers only. ISO/IEC 14496-12 (MP4, MOV), RFC 8794 (Matroska), RIFF (AVI, WAV), 13818-1 (MPEG-TS).
 */
import { type FileHandle, open } from 'node:fs/promises'

export interface FileStructure {
  readonly kind: 'iso' | 'matroska' | 'riff' | 'mpegts' | 'other'
  /** False when the file ends before the length that its headers state, or within a packet; true where nothing tells. */
  readonly complete: boolean
  /** ISO: the index (`moov`) was found. Without it nothing can be decoded. */
  readonly hasIndex: boolean
  /** ISO: pieces of the film that the edit list of the picture strings together; 1 for an uncut one. */
  readonly pictureEdits: number
}

const ISO_FIRST_BOXES = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot'])
const EBML_HEADER = 0x1a45dfa3
const MATROSKA_SEGMENT = 0x18538067
const TS_SYNC = 0x47
/** Bytes of a packet and what stands before its sync byte: plain, and with the time stamp of Blu-ray and AVCHD. */
const TS_PACKETS = [
  { bytes: 188, before: 0 },
  { bytes: 192, before: 4 }
] as const

export async function readFileStructure(path: string): Promise<FileStructure> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const head = await readAt(file, 0, 12)
    const whole = { complete: true, hasIndex: true, pictureEdits: 1 }
    if (head.length < 12) return { kind: 'other', ...whole }
    if (ISO_FIRST_BOXES.has(fourCharacters(head, 4))) return { kind: 'iso', ...(await readIso(file, size)) }
    if (head.readUInt32BE(0) === EBML_HEADER) {
      return { ...whole, kind: 'matroska', complete: await isMatroskaComplete(file, size) }
    }
    if (fourCharacters(head, 0) === 'RIFF') return { ...whole, kind: 'riff', complete: isRiffComplete(head, size) }
    const packetBytes = transportPacketBytes(await readAt(file, 0, 2 * 192))
    if (packetBytes !== undefined) return { ...whole, kind: 'mpegts', complete: size % packetBytes === 0 }
    return { kind: 'other', ...whole }
  } finally {
    await file.close()
  }
}

/** Undefined when `head` does not begin with two packets of a transport stream. */
function transportPacketBytes(head: Buffer): number | undefined {
  return TS_PACKETS.find(({ bytes, before }) => head[before] === TS_SYNC && head[bytes + before] === TS_SYNC)?.bytes
}

interface Box {
  readonly type: string
  readonly bodyStart: number
  readonly end: number
}

/** Boxes between two offsets. The last one may end after `end`: then the file was cut. */
async function* boxes(file: FileHandle, start: number, end: number): AsyncGenerator<Box> {
  let position = start
  while (position + 8 <= end) {
    const header = await readAt(file, position, 16)
    if (header.length < 8) return
    const size32 = header.readUInt32BE(0)
    // 14496-12, 4.2: 1 = the size follows as 64 bits, 0 = to the end of the file.
    const isLong = size32 === 1 && header.length === 16
    const size = isLong ? Number(header.readBigUInt64BE(8)) : size32 === 0 ? end - position : size32
    const headerBytes = isLong ? 16 : 8
    if (size < headerBytes) return
    yield { type: fourCharacters(header, 4), bodyStart: position + headerBytes, end: position + size }
    position += size
  }
}

async function readIso(file: FileHandle, fileSize: number): Promise<Omit<FileStructure, 'kind'>> {
  let [complete, hasIndex, pictureEdits] = [true, false, 1]
  for await (const box of boxes(file, 0, fileSize)) {
    if (box.end > fileSize) complete = false
    if (box.type !== 'moov' || box.end > fileSize) continue
    hasIndex = true
    for await (const track of boxes(file, box.bodyStart, box.end)) {
      if (track.type === 'trak') pictureEdits = Math.max(pictureEdits, await editsOfPicture(file, track))
    }
  }
  return { complete, hasIndex, pictureEdits }
}

async function editsOfPicture(file: FileHandle, track: Box): Promise<number> {
  const handler = await find(file, track, ['mdia', 'hdlr'])
  const edits = await find(file, track, ['edts', 'elst'])
  if (!handler || !edits) return 1
  if (fourCharacters(await readAt(file, handler.bodyStart + 8, 4), 0) !== 'vide') return 1
  const body = await readAt(file, edits.bodyStart, Math.min(edits.end - edits.bodyStart, 65_536))
  if (body.length < 8) return 1
  // 14496-12, 8.6.6: version 1 has 64-bit times; a media time of -1 is an empty edit (a late start), not a piece.
  const isLong = body.readUInt8(0) === 1
  const entryBytes = isLong ? 20 : 12
  const count = Math.min(body.readUInt32BE(4), Math.floor((body.length - 8) / entryBytes))
  let pieces = 0
  for (let entry = 0; entry < count; entry += 1) {
    const at = 8 + entry * entryBytes
    const mediaTime = isLong ? Number(body.readBigInt64BE(at + 8)) : body.readInt32BE(at + 4)
    if (mediaTime >= 0) pieces += 1
  }
  return Math.max(1, pieces)
}

async function find(file: FileHandle, parent: Box, path: readonly string[]): Promise<Box | undefined> {
  const [type, ...rest] = path
  if (type === undefined) return parent
  for await (const box of boxes(file, parent.bodyStart, parent.end)) {
    if (box.type === type) return find(file, box, rest)
  }
  return undefined
}

async function isMatroskaComplete(file: FileHandle, fileSize: number): Promise<boolean> {
  const header = await readAt(file, 4, 8)
  const headerSize = readVariableInteger(header)
  if (!headerSize || headerSize.value === undefined) return true
  const segmentAt = 4 + headerSize.bytes + headerSize.value
  const segment = await readAt(file, segmentAt, 12)
  if (segment.length < 12 || segment.readUInt32BE(0) !== MATROSKA_SEGMENT) return true
  const size = readVariableInteger(segment.subarray(4))
  if (!size || size.value === undefined) return true
  return segmentAt + 4 + size.bytes + size.value <= fileSize
}

/** RFC 8794, 4: leading zeros give the width, all ones after the marker mean "unknown". */
function readVariableInteger(bytes: Buffer): { bytes: number; value: number | undefined } | undefined {
  const width = Math.clz32(bytes[0] ?? 0) - 23
  if (width > 8 || bytes.length < width) return undefined
  const ones = 2 ** (7 * width) - 1
  let value = (bytes[0] ?? 0) & (0xff >> width)
  for (const byte of bytes.subarray(1, width)) value = value * 256 + byte
  return { bytes: width, value: value >= ones ? undefined : value }
}

/** A live writer leaves 0 or all ones where the length would stand. */
function isRiffComplete(head: Buffer, fileSize: number): boolean {
  const size = head.readUInt32LE(4)
  return size === 0 || size === 0xffff_ffff || size + 8 <= fileSize
}

const fourCharacters = (bytes: Buffer, at: number): string => bytes.toString('latin1', at, at + 4)

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}
