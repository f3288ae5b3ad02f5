/**
 * Where tokens sit. Audio token n sits at position n; a condition at time t sits at t·S, S the latent rate: the
 * scale-adapted position (Eq. 2 of the paper, read zero-based). `training/positions.py` says the same, held equal by
 * golden vectors.
 */
import type { PackManifest } from '@shared/pack'

export type VisualPositions = PackManifest['positions']['visualSin']

/** Positions of `count` audio tokens: 0, 1, 2, ... `[N]`. */
export const audioPositions = (count: number): Float32Array => countedFrom(0, count)

const countedFrom = (first: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => first + index)

/** Scale-adapted positions `[n]` of instants in seconds from the film's start, in a window that starts at `fromLatent`. */
export function scaledPositions(timesSec: ArrayLike<number>, latentRateHz: number, fromLatent: number): Float32Array {
  return Float32Array.from({ length: timesSec.length }, (_, index) => timesSec[index]! * latentRateHz - fromLatent)
}

/**
 * Positions `[T]` of the frames of one window, by the words of the manifest: `index` puts frame i at i (the paper's
 * baseline), `scaled` puts it where its time says; a scheme that does not look (`none`) gets zeros.
 * `missing` frames of the window lie before the film.
 */
export function visualPositions(
  scheme: VisualPositions,
  timesSec: ArrayLike<number>,
  latentRateHz: number,
  fromLatent: number,
  missing = 0
): Float32Array {
  if (scheme === 'scaled') return scaledPositions(timesSec, latentRateHz, fromLatent)
  if (scheme === 'index') return countedFrom(missing, timesSec.length)
  return new Float32Array(timesSec.length)
}
