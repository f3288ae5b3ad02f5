/**
 * How far a film's sound lies behind its picture, by the film's own sound. Pure.
 *
 * [Note: what a film's own sound tells] A recording lays all of its hits beside their sound by the same few
 * milliseconds. Where hits that are seen are heard too, the differences of their times gather around that offset, and
 * differences to the same sound moved by a second or so gather nowhere. On 18 recordings of hits that the encoder did
 * not know, the offset that half of a recording tells brings the other half from 19 ms to 15 ms. In 34 s 16 of them tell it, in
 * their first 8 s 8 do; with the sound of another recording none of 306 pairs does (docs/quality.md).
 */
import type { SuggestedSync } from './requests'
import { mean, quantile } from './statistics'

export type Seen = Pick<SuggestedSync, 'timeSec' | 'probability'>

/** Offsets that are looked for: more lies the sound of no recording that was met, and hits follow each other soon. */
const REACH_SEC = 0.1
const STEP_SEC = 0.002
/** Of the kernel, about what a hit that is seen may be off by. */
const SPREAD_SEC = 0.012
/** Differences so near the densest place are of the same hits. */
const NEAR_SEC = 0.025
/** How many times denser than with the sound moved elsewhere. */
const LEAST_CONTRAST = 2
const LEAST_HITS = 3
const NEAREST_SHIFT_SEC = 0.3
const SHIFTS_SEC = Array.from({ length: 17 }, (_, index) => NEAREST_SHIFT_SEC + 0.23 * index)

/**
 * Seconds, in whole milliseconds, by which what is seen must count as later (+) or earlier (-) to meet what is heard; null
 * where the sound does not tell. `seen` as the picture shows it, without an offset; both in time order.
 */
export function offsetFromSound(seen: readonly Seen[], attacksSec: readonly number[]): number | null {
  const { hits, atSec, differences } = densest(seen, attacksSec)
  if (hits < LEAST_HITS || hits < LEAST_CONTRAST * usualHits(seen, attacksSec)) return null
  const near = differences.map(({ sec }) => sec).filter((sec) => Math.abs(sec - atSec) <= NEAR_SEC)
  return Math.round(1000 * quantile(near, 0.5)!) / 1000
}

/**
 * As many as meet with the sound moved elsewhere, on average. What leaves the film at one end comes in at the other: a short
 * film would lose it, and anything would look dense beside what is left.
 */
function usualHits(seen: readonly Seen[], attacksSec: readonly number[]): number {
  const lengthSec = Math.max(seen.at(-1)?.timeSec ?? 0, attacksSec.at(-1) ?? 0)
  const shifts = SHIFTS_SEC.filter((shift) => shift <= lengthSec - NEAREST_SHIFT_SEC)
  const elsewhere = shifts
    .flatMap((shift) => [shift, lengthSec - shift])
    .map((shift) => attacksSec.map((time) => (time + shift) % lengthSec).sort((a, b) => a - b))
    .map((moved) => densest(seen, moved).hits)
  return mean(elsewhere) ?? Infinity
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

function densest(seen: readonly Seen[], attacksSec: readonly number[]): Densest {
  const differences = differencesOf(seen, attacksSec)
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
function differencesOf(seen: readonly Seen[], attacksSec: readonly number[]): Difference[] {
  const reach = REACH_SEC + 3 * SPREAD_SEC
  const differences: Difference[] = []
  let first = 0
  for (const { timeSec, probability } of seen) {
    while (first < attacksSec.length && attacksSec[first]! < timeSec - reach) first += 1
    for (let at = first; at < attacksSec.length; at += 1) {
      const sec = attacksSec[at]! - timeSec
      if (sec > reach) break
      differences.push({ sec, probability })
    }
  }
  return differences
}
