/** From a pyramid of peaks to one [min, max] pair a column. Pure. */
import type { PeakPyramid } from '@shared/ipc'

/**
 * `columns` pairs over `fromSample..toSample` of the sound, which counts from the pyramid's first sample. Columns outside
 * the sound are silent. Uses the coarsest level that is still at least as fine as a column, so the cost is that of the
 * columns, not of the film.
 */
export function slicePeaks(pyramid: PeakPyramid, fromSample: number, toSample: number, columns: number): Float32Array {
  const pairs = new Float32Array(columns * 2)
  const perColumn = (toSample - fromSample) / columns
  const { level, samplesPerPeak } = levelFor(pyramid, perColumn)
  if (!level) return pairs
  const count = level.length / 2
  for (let column = 0; column < columns; column += 1) {
    const start = (fromSample + column * perColumn) / samplesPerPeak
    const first = Math.floor(start)
    // At least one peak, also where a peak is wider than a column.
    const end = Math.max(first + 1, Math.ceil(start + perColumn / samplesPerPeak))
    const until = Math.min(end, count)
    let low = 0
    let high = 0
    for (let peak = Math.max(0, first); peak < until; peak += 1) {
      low = Math.min(low, level[peak * 2]!)
      high = Math.max(high, level[peak * 2 + 1]!)
    }
    pairs[column * 2] = low
    pairs[column * 2 + 1] = high
  }
  return pairs
}

function levelFor(
  { levels, samplesPerPeak }: PeakPyramid,
  perColumn: number
): {
  level: Float32Array | undefined
  samplesPerPeak: number
} {
  let index = 0
  while (index + 1 < levels.length && samplesPerPeak[index + 1]! <= perColumn) index += 1
  return { level: levels[index], samplesPerPeak: samplesPerPeak[index] ?? 1 }
}
