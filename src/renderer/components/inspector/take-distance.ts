/** How well a take meets the sync points of its region, and how it looks when it is small. Pure. */
import type { PeakPyramid } from '@shared/ipc'
import type { ProjectDocument, Region, Take } from '@shared/project'
import { syncDistances, syncSummary, within } from '../../edits/attacks'

type Range = Pick<Region, 'fromSample' | 'toSample'>

/** Median |frames| from the region's sync points to the take's nearest attacks; null when there is nothing to compare. */
export function takeDistance(document: ProjectDocument, range: Range, take: Take): number | null {
  const points = within(range, document.syncMarks)
  const attacks = within(range, take.attacks).map(({ sample }) => sample)
  return syncSummary(syncDistances({ ...document, syncMarks: points }, attacks)).medianFrames
}

/** Largest |sample| in each of `columns` equal parts of the region, from the finest level that is not wasteful. */
export function thumbnailPeaks(
  { samplesPerPeak, levels }: PeakPyramid,
  take: Pick<Take, 'fromSample'>,
  { fromSample, toSample }: Range,
  columns: number
): number[] {
  const wanted = (toSample - fromSample) / columns
  const level = Math.max(
    0,
    samplesPerPeak.findLastIndex((size) => size <= wanted)
  )
  const [size, peaks] = [samplesPerPeak[level], levels[level]]
  if (size === undefined || peaks === undefined) return []
  return Array.from({ length: columns }, (_, column) => {
    const first = Math.floor((fromSample - take.fromSample + column * wanted) / size)
    const last = Math.max(first + 1, Math.ceil((fromSample - take.fromSample + (column + 1) * wanted) / size))
    let loudest = 0
    for (const value of peaks.subarray(Math.max(0, first) * 2, Math.max(0, last) * 2)) {
      loudest = Math.max(loudest, Math.abs(value))
    }
    return loudest
  })
}

/** Outline around the middle of a box of `columns` x 2. Silence is a thin line. */
export function peaksPath(peaks: readonly number[]): string {
  if (peaks.length === 0) return ''
  const largest = Math.max(0.05, ...peaks)
  const halves = peaks.map((peak) => Math.max(0.04, (peak / largest) * 0.98))
  const upper = halves.map((half, column) => `L${column + 0.5} ${(1 - half).toFixed(3)}`)
  const lower = halves.map((half, column) => `L${column + 0.5} ${(1 + half).toFixed(3)}`).reverse()
  return `M0 1${upper.join('')}L${peaks.length} 1${lower.join('')}Z`
}
