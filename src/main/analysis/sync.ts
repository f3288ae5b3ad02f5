/**
 * The synchronisation metric (design.md, "How sync is measured", steps 3 to 5): onset accuracy and average precision as
 * CondFoleyGen and SyncFusion compute them, with F1 from the same matching. One difference, on purpose: their loop ends
 * when the generated onsets are used up and forgets the reference onsets that remain; here each one is scored.
 */
import { averagePrecision, type Scored } from './average-precision'
import type { Detection } from './onsets'

export const TOLERANCE_SEC = 0.1
export const SUPPRESSION_SEC = 0.05

export interface SyncScore {
  /** Hits per reference onset. Blind to false alarms. */
  readonly acc: number
  readonly ap: number
  readonly f1: number
  /** Hits per generated onset, after suppression. */
  readonly precision: number
  /** The same number as `acc`, under the name that goes with precision. */
  readonly recall: number
  readonly hits: number
  readonly referenceCount: number
  /** After suppression. */
  readonly generatedCount: number
  /** Generated minus reference, one for each hit, in the order of the reference: positive = late. */
  readonly offsetsSec: readonly number[]
}

/**
 * Keeps the onset with the highest confidence and drops what lies nearer than `windowSec` to it, and so on. Of equal
 * confidences the later one goes first (`argsort()[::-1]` in both scripts). Answers in time order.
 */
export function suppressNeighbours(detections: readonly Detection[], windowSec = SUPPRESSION_SEC): Detection[] {
  const kept: Detection[] = []
  const ranked = [...detections].sort((a, b) => b.confidence - a.confidence || b.timeSec - a.timeSec)
  for (const candidate of ranked) {
    if (kept.every((other) => Math.abs(other.timeSec - candidate.timeSec) >= windowSec)) kept.push(candidate)
  }
  return kept.sort((a, b) => a.timeSec - b.timeSec)
}

/** Step 4 for one reference onset: the loudest unused onset nearer than the tolerance; of equals, the later. */
function loudestWithin(unused: ReadonlySet<Detection>, timeSec: number, toleranceSec: number): Detection | undefined {
  let best: Detection | undefined
  for (const candidate of unused) {
    if (Math.abs(candidate.timeSec - timeSec) >= toleranceSec) continue
    if (!best || candidate.amplitude >= best.amplitude) best = candidate
  }
  return best
}

/**
 * Scores one clip. `referenceSec` in any order; `generated` before suppression. A clip where only one side has onsets
 * scores 0 throughout; a clip where neither has any says nothing about sync and gives undefined: leave it out, count it.
 */
export function scoreSync(
  referenceSec: readonly number[],
  generated: readonly Detection[],
  toleranceSec = TOLERANCE_SEC
): SyncScore | undefined {
  if (referenceSec.length === 0 && generated.length === 0) return undefined
  const detections = suppressNeighbours(generated)
  const unused = new Set(detections)
  const scored: Scored[] = []
  const offsetsSec: number[] = []
  for (const timeSec of [...referenceSec].sort((a, b) => a - b)) {
    const hit = loudestWithin(unused, timeSec, toleranceSec)
    scored.push({ relevant: true, score: hit?.confidence ?? 0 })
    if (!hit) continue
    unused.delete(hit)
    offsetsSec.push(hit.timeSec - timeSec)
  }
  for (const leftover of unused) scored.push({ relevant: false, score: leftover.confidence })
  const hits = offsetsSec.length
  const recall = referenceSec.length === 0 ? 0 : hits / referenceSec.length
  const precision = detections.length === 0 ? 0 : hits / detections.length
  return {
    acc: recall,
    // With nothing generated every threshold is 0 and the formula would answer 1: that clip scores 0.
    ap: detections.length === 0 ? 0 : averagePrecision(scored),
    f1: hits === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    precision,
    recall,
    hits,
    referenceCount: referenceSec.length,
    generatedCount: detections.length,
    offsetsSec
  }
}
