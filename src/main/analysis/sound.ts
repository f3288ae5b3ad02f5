/** Mono sound as decoded: [n] samples, nominally -1..1, at the file's own rate. */
export interface MonoSound {
  readonly samples: Float32Array
  readonly sampleRate: number
  /** What the reader of the file should be told: that it was cut off, for one. */
  readonly warnings?: readonly string[]
}

/**
 * Reads the whole sound of any media file, down-mixed to mono and *not* resampled: conversions are done here, by
 * `resample.ts`, so that numbers do not depend on ffmpeg's version. Sample 0 is the container's start.
 */
export type ReadMono = (path: string, signal?: AbortSignal) => Promise<MonoSound>

export const durationSec = (sound: MonoSound): number => sound.samples.length / sound.sampleRate

/** The part [startSec, startSec + lengthSec); silence where the sound has ended. */
export function sliceSound(sound: MonoSound, startSec: number, lengthSec: number): MonoSound {
  const start = Math.round(startSec * sound.sampleRate)
  const samples = new Float32Array(Math.round((startSec + lengthSec) * sound.sampleRate) - start)
  samples.set(sound.samples.subarray(start, start + samples.length))
  return { samples, sampleRate: sound.sampleRate }
}

export interface Segment {
  readonly startSec: number
  readonly lengthSec: number
}

export interface SegmentPlan {
  readonly segments: readonly Segment[]
  /** Length of the last piece when it was too short to be a clip, else 0. */
  readonly droppedSec: number
}

/**
 * Non-overlapping clips of `segmentSec`, as the paper cuts Greatest Hits. A last piece of at least half a segment is a
 * clip too, a shorter one is dropped; a file shorter than one segment is one clip.
 */
export function planSegments(lengthSec: number, segmentSec: number): SegmentPlan {
  // A codec's padding of a few samples must not decide about a piece.
  const whole = Math.floor(lengthSec / segmentSec + 1e-3)
  const segments = Array.from({ length: whole }, (_, i) => ({ startSec: i * segmentSec, lengthSec: segmentSec }))
  const rest = lengthSec - whole * segmentSec
  if (rest <= 1e-3 * segmentSec) return { segments, droppedSec: 0 }
  if (whole > 0 && rest < segmentSec / 2) return { segments, droppedSec: rest }
  return { segments: [...segments, { startSec: whole * segmentSec, lengthSec: rest }], droppedSec: 0 }
}
