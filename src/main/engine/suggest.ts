/** Sync points that the picture suggests: peaks of the encoder's impact probability. */
import type { SuggestedSync } from '@shared/requests'

/** Two impacts nearer than this are one; also the distance within which the paper's metric matches. */
const APART_SEC = 0.1
const LOUDNESS_FLOOR_DB = -60

export interface ImpactCurve {
  /** Probability of an impact, bin by bin, from the grid's start. */
  readonly impact: Float32Array
  /** Peak level in dBFS, bin by bin. */
  readonly loudness: Float32Array
  /** Bins per second: the visual rate times the bins per frame. */
  readonly binRateHz: number
}

/**
 * Local maxima of at least `threshold`, the most probable first choosing their place, then in order of time. Bin b
 * covers `[b, b + 1) / binRateHz`; within it the peak is refined by the parabola through it and its neighbours.
 * `training/encoder.py` (`pick_peaks`) does the same.
 */
export function suggestSync(curve: ImpactCurve, threshold: number): SuggestedSync[] {
  const { impact, loudness, binRateHz } = curve
  // Mirrored at both ends: a peak there stays in the middle of its bin, and so within the film.
  const last = impact.length - 1
  const at = (bin: number): number => impact[bin < 0 ? Math.min(1, last) : bin > last ? Math.max(last - 1, 0) : bin]!
  const peaks = [...impact.keys()]
    .filter((bin) => at(bin) >= threshold && at(bin) >= at(bin - 1) && at(bin) >= at(bin + 1))
    .sort((a, b) => at(b) - at(a) || a - b)
  const kept: SuggestedSync[] = []
  for (const bin of peaks) {
    const timeSec = (bin + 0.5 + parabolaPeak(at(bin - 1), at(bin), at(bin + 1))) / binRateHz
    if (kept.some((other) => Math.abs(other.timeSec - timeSec) < APART_SEC)) continue
    const loudnessDb = Math.min(0, Math.max(LOUDNESS_FLOOR_DB, loudness[bin]!))
    kept.push({ timeSec, probability: at(bin), loudnessDb })
  }
  return kept.sort((a, b) => a.timeSec - b.timeSec)
}

/** Vertex of the parabola through (-1, left), (0, centre), (1, right), kept within half a bin. */
function parabolaPeak(left: number, centre: number, right: number): number {
  const bend = left - 2 * centre + right
  if (bend > -1e-9) return 0
  return Math.min(0.5, Math.max(-0.5, (0.5 * (left - right)) / bend))
}
