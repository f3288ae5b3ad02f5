/**
 * How new sound meets old sound that goes on outside the drawn range. Pure.
 *
 * Old and new are correlated (latents are joined and decoded over the edge), so the cross-fade is equal-gain: the new
 * sound's share w rises from 0 at the edge to 1, and out = w new + (1 - w) old. At the edge itself `out` is the old
 * sound's own next sample, so that nothing breaks there.
 *
 * [Note: where the old sound has ended] Often the old take covers the first samples of the range; then `old` is what it
 * has there. Where it ends at the edge, it is continued: the new decoding covers the other side of the edge too, and the
 * difference old - new, known there, is reflected about its last point, 2 d(e) - d(2e - i). Value and slope continue, and
 * the second difference at the edge is the new decoding's own. Where not even that is known, the old sound itself is
 * reflected.
 *
 * Everything is told as for a left edge; a right edge is the same in reverse.
 */

/** 10 ms. */
export const JOIN_SAMPLES = 480
/** Of the old sound outside the range, for the reflection. */
export const OUTSIDE_SAMPLES = JOIN_SAMPLES + 2
/** Where nothing continues; as in `pipeline/gate.ts`. */
export const FADE_SAMPLES = 144

export interface OldSound {
  /** In front of the edge; the last is the edge's neighbour. */
  readonly outside: Float32Array
  /** From the edge on, as far as the old take reaches; may be empty. */
  readonly inside: Float32Array
}

/** Share of the new sound at place `i` of `length`: a raised cosine, which bends least at both ends. */
export const newShare = (i: number, length: number): number => 0.5 - 0.5 * Math.cos((Math.PI * (i + 1)) / (length + 1))

/**
 * The old sound's course inside the range, `length` samples. `fresh` is the new sound from the edge on, `margin` the same
 * decoding in front of it (may be empty).
 */
export function continueOld(old: OldSound, fresh: Float32Array, margin: Float32Array, length: number): Float32Array {
  const known = Math.min(old.inside.length, length)
  const behind = Math.min(old.outside.length, margin.length)
  const course = new Float32Array(length)
  course.set(old.inside.subarray(0, known))
  if (known === length) return course
  if (behind + known > 0) {
    const difference = (i: number): number =>
      i >= 0 ? old.inside[i]! - fresh[i]! : old.outside[old.outside.length + i]! - margin[margin.length + i]!
    const last = known - 1
    for (let i = known; i < length; i += 1) {
      course[i] = fresh[i]! + 2 * difference(last) - difference(Math.max(2 * last - i, -behind))
    }
    return course
  }
  const at = (i: number): number => old.outside[Math.max(0, old.outside.length + i)] ?? 0
  for (let i = 0; i < length; i += 1) course[i] = 2 * at(-1) - at(-2 - i)
  return course
}

/** Writes the joint over the first `length` samples of `fresh`. */
export function join(fresh: Float32Array, old: OldSound, margin: Float32Array, length: number): void {
  const course = continueOld(old, fresh, margin, length)
  for (let i = 0; i < length; i += 1) {
    const share = newShare(i, length)
    fresh[i] = share * fresh[i]! + (1 - share) * course[i]!
  }
}

/** A straight rise from nothing over the first `length` samples. */
export function fadeIn(fresh: Float32Array, length: number): void {
  for (let i = 0; i < length; i += 1) fresh[i]! *= i / length
}
