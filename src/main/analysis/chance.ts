/**
 * The row *chance*: the reference's own onsets, moved around the clip's circle by a random amount. Number, rhythm and
 * confidences stay right, only the moment is lost: what a sound gets that ignores the picture.
 */
import type { Random } from './random'
import type { ClipEvents, ClipTruth } from './score'

const wrap = (timeSec: number, lengthSec: number): number => ((timeSec % lengthSec) + lengthSec) % lengthSec

/** Everything heard in a clip of `lengthSec`, later by `shiftSec`; what leaves at the end comes back at the start. */
export function shiftCircular(events: ClipEvents, shiftSec: number, lengthSec: number): ClipEvents {
  return {
    onsets: events.onsets
      .map((onset) => ({ ...onset, timeSec: wrap(onset.timeSec + shiftSec, lengthSec) }))
      .sort((a, b) => a.timeSec - b.timeSec),
    attacksSec: events.attacksSec.map((timeSec) => wrap(timeSec + shiftSec, lengthSec)).sort((a, b) => a - b)
  }
}

/** `count` shifts, uniform over the clip. */
export function drawChance(truth: ClipTruth, count: number, random: Random): ClipEvents[] {
  return Array.from({ length: count }, () => shiftCircular(truth, random() * truth.lengthSec, truth.lengthSec))
}
