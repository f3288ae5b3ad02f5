/**
 * How far a film's sound lies behind its picture, by the film's own sound. Pure.
 *
 * [Note: what a film's own sound tells] A recording lays all of its hits beside their sound by the same few
 * milliseconds. Where hits that are seen are heard too, the differences of their times gather around that offset, and
 * differences to the same sound moved by a second or so gather nowhere. On 18 recordings of hits that the encoder did not know,
 * the offset that half of a recording tells brings the other half from 19 ms to 15 ms (docs/quality.md).
 */
import type { SuggestedSync } from './requests'

export type Seen = Pick<SuggestedSync, 'timeSec' | 'probability'>

/** Offsets that are looked for: more lies the sound of no recording that was met, and hits follow each other soon. */
const REACH_SEC = 0.1
const STEP_SEC = 0.002
/** Of the kernel, about what a hit that is seen may be off by. */
const SPREAD_SEC = 0.012
/** Differences so near the densest place are of the same hits. */
const NEAR_SEC = 0.025
/**
 * How many times denser than with the sound moved elsewhere. Of the 18 recordings 16 have 2.2 and more; with the sound of
 * another recording 306 pairs have 1.7 at most.
 */
const LEAST_CONTRAST = 2
const LEAST_HITS = 3
const SHIFTS_SEC = Array.from({ length: 17 }, (_, index) => 0.3 + 0.23 * index).flatMap((shift) => [-shift, shift])

/**
 * Seconds by which what is seen must count as later (+) or earlier (-) to meet what is heard; null where the sound does
 * not tell. `seen` as the picture shows it, without an offset; both in time order.
 */
export function offsetFromSound(seen: readonly Seen[], attacksSec: readonly number[]): number | null {
  const { hits, atSec, differences } = densest(seen, attacksSec, 0)
  if (hits < LEAST_HITS) return null
  const elsewhere = SHIFTS_SEC.map((shift) => densest(seen, attacksSec, shift).hits)
  const usual = elsewhere.reduce((sum, each) => sum + each, 0) / elsewhere.length
  if (hits < LEAST_CONTRAST * usual) return null
  const near = differences.map(({ sec }) => sec).filter((sec) => Math.abs(sec - atSec) <= NEAR_SEC)
  near.sort((a, b) => a - b)
  const middle = near.length / 2
  return (near[Math.floor(middle)]! + near[Math.ceil(middle) - 1]!) / 2
}

interface Difference {
  readonly sec: number
  readonly probability: number
}

interface Densest {
  /** Expected number of hits there. */
  readonly hits: number
  readonly atSec: number
  readonly differences: readonly Difference[]
}

function densest(seen: readonly Seen[], attacksSec: readonly number[], shiftSec: number): Densest {
  const differences = differencesOf(seen, attacksSec, shiftSec)
  let [hits, atSec] = [0, 0]
  for (let offset = -REACH_SEC; offset <= REACH_SEC + STEP_SEC / 2; offset += STEP_SEC) {
    const here = differences.reduce(
      (sum, { sec, probability }) => sum + probability * Math.exp(-0.5 * ((sec - offset) / SPREAD_SEC) ** 2),
      0
    )
    if (here > hits) [hits, atSec] = [here, offset]
  }
  return { hits, atSec, differences }
}

/** From each hit that is seen to every attack around it. */
function differencesOf(seen: readonly Seen[], attacksSec: readonly number[], shiftSec: number): Difference[] {
  const reach = REACH_SEC + 3 * SPREAD_SEC
  const differences: Difference[] = []
  let first = 0
  for (const { timeSec, probability } of seen) {
    while (first < attacksSec.length && attacksSec[first]! + shiftSec < timeSec - reach) first += 1
    for (let at = first; at < attacksSec.length; at += 1) {
      const sec = attacksSec[at]! + shiftSec - timeSec
      if (sec > reach) break
      differences.push({ sec, probability })
    }
  }
  return differences
}
