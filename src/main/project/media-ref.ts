/** What a project remembers of its film: enough to draw a timeline, and to know the film again when it was moved. */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { MediaRef } from '@shared/project'
import { allowsDropFrame, type Rational, secondsToSamples } from '@shared/time'
import { defaultAudio } from '../media/audio'
import { filmRate } from '../media/film-rate'
import type { MediaInfo, VideoStream } from '../media/media-info'
import { pictureOf } from '../media/probe'
import { timecodeToFrame } from '../media/time-reference'

const PART_BYTES = 64 * 1024

/** @throws FoleyError `input.no-video` */
export async function mediaRefOf(film: MediaInfo): Promise<MediaRef> {
  const video = pictureOf(film)
  const rate = filmRate(video.avgRate, video.rRate)
  return {
    path: film.path,
    ...(await fingerprint(film.path)),
    durationSamples: Math.max(1, secondsToSamples(film.durationSec)),
    rate,
    ...displaySize(video),
    codec: video.codec,
    startFrame: startFrame(video, rate),
    dropFrame: video.dropFrame && allowsDropFrame(rate),
    audioChannels: film.audio.length === 0 ? 0 : defaultAudio(film).channels
  }
}

export interface Fingerprint {
  readonly bytes: number
  /** Lower-case hexadecimal. */
  readonly partialHash: string
}

/**
 * SHA-256 of the size (decimal digits and a line feed) and of the file's first, middle and last 64 KiB; the middle part
 * begins at floor((size - 65536) / 2). A file of at most 64 KiB is three times the same part.
 */
export async function fingerprint(path: string): Promise<Fingerprint> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const last = Math.max(0, size - PART_BYTES)
    const hash = createHash('sha256').update(`${size}\n`)
    for (const start of [0, Math.floor(last / 2), last]) hash.update(await readPart(file, start))
    return { bytes: size, partialHash: hash.digest('hex') }
  } finally {
    await file.close()
  }
}

/** One `read` may return less than it was asked for (network drives). */
async function readPart(file: FileHandle, start: number): Promise<Buffer> {
  const part = Buffer.alloc(PART_BYTES)
  let filled = 0
  for (;;) {
    const { bytesRead } = await file.read(part, filled, PART_BYTES - filled, start + filled)
    filled += bytesRead
    if (bytesRead === 0 || filled === PART_BYTES) return part.subarray(0, filled)
  }
}

/** Square pixels, upright. */
export function displaySize({ width, height, sampleAspect, rotationDeg }: Shape): { width: number; height: number } {
  const shown = Math.max(1, Math.round((width * sampleAspect.num) / sampleAspect.den))
  return rotationDeg % 180 === 0 ? { width: shown, height } : { width: height, height: shown }
}
type Shape = Pick<VideoStream, 'width' | 'height' | 'sampleAspect' | 'rotationDeg'>

/** The file's timecode is its first picture's, which may come after time zero, where frame 0 is. */
function startFrame({ timecode, startSec }: VideoStream, rate: Rational): number {
  const first = timecode === undefined ? undefined : timecodeToFrame(timecode, rate)
  return first === undefined ? 0 : Math.max(0, first - Math.round((startSec * rate.num) / rate.den))
}
