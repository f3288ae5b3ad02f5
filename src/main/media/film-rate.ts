/** The rate that a film's frames are counted by: in the document, in timecode and in Broadcast Wave alike. Pure. */
import type { Rational } from '@shared/time'

/** Rates that cameras and editors use. */
const KNOWN_RATES: readonly Rational[] = [
  ...[10, 12, 15, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240].map((num) => ({ num, den: 1 })),
  ...[24_000, 30_000, 48_000, 60_000, 120_000].map((num) => ({ num, den: 1001 }))
]
/** How far an average may be from the rate that is meant, and how far one may be that was only written differently. */
const MEANT = 0.005
const SAME = 0.0001

/**
 * The rate that frames are counted by: what the timestamps fit when that is also the average, otherwise (a variable rate)
 * the average, as the known rate that is next to it. 2997/100 is written 30000/1001.
 */
export function filmRate(average: Rational, fitting: Rational): Rational {
  if (distance(average, fitting) <= MEANT) return knownRate(fitting, SAME) ?? fitting
  return knownRate(average, MEANT) ?? average
}

function knownRate(rate: Rational, tolerance: number): Rational | undefined {
  const near = KNOWN_RATES.filter((known) => distance(known, rate) <= tolerance)
  return near.sort((a, b) => distance(a, rate) - distance(b, rate))[0]
}

/** Relative. */
const distance = (a: Rational, b: Rational): number => Math.abs((a.num * b.den) / (a.den * b.num) - 1)
