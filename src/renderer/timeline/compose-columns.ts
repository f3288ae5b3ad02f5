/** What a lane's waveform shows: the chosen takes of the regions in view, with gain and fades as they will sound. Pure. */
import { dbToGain, fadeGain } from '@shared/audible'
import type { PeakPyramid } from '@shared/ipc'
import type { ProjectDocument, Region } from '@shared/project'
import { SAMPLE_RATE } from '@shared/time'
import { slicePeaks } from './slice-peaks'
import { visibleSamples, type Viewport } from './viewport'
import { touching } from './visible'

/** Columns of one CSS pixel. They stand on a grid counted from the film's start, so that scrolling does not shimmer. */
export interface ColumnGrid {
  readonly firstColumn: number
  readonly columns: number
  readonly samplesPerColumn: number
  /** Place of the first column's left edge: -1 < offsetPx <= 0. */
  readonly offsetPx: number
}

export function columnGrid(view: Viewport): ColumnGrid {
  const samplesPerColumn = SAMPLE_RATE / view.pxPerSec
  const firstColumn = Math.floor(view.fromSample / samplesPerColumn)
  const offsetPx = firstColumn - view.fromSample / samplesPerColumn
  return { firstColumn, columns: Math.ceil(view.widthPx - offsetPx), samplesPerColumn, offsetPx }
}

/** A run of columns with the pairs to draw. */
export interface ColumnRun {
  readonly regionId: string | null
  readonly firstColumn: number
  readonly pairs: Float32Array
  readonly isMuted: boolean
}

export type PeaksOfTake = (takeId: string) => PeakPyramid | undefined

export interface DrawnTrack {
  readonly regions: readonly Region[]
  /** Those that sound when the track is heard. */
  readonly sounding: ReadonlySet<Region>
}

/** A run for each region in view whose peaks are there. */
export function trackRuns(
  document: ProjectDocument,
  { regions, sounding }: DrawnTrack,
  view: Viewport,
  peaksOf: PeaksOfTake
): ColumnRun[] {
  const grid = columnGrid(view)
  const shown = touching(regions, view.fromSample, view.fromSample + visibleSamples(view))
  return shown.flatMap((region) => {
    const take = document.takes[region.takeId]
    const pyramid = peaksOf(region.takeId)
    if (!take || !pyramid) return []
    return [{ ...regionRun(region, take.fromSample, pyramid, grid), isMuted: !sounding.has(region) }]
  })
}

function regionRun(
  region: Region,
  takeFrom: number,
  pyramid: PeakPyramid,
  grid: ColumnGrid
): Omit<ColumnRun, 'isMuted'> {
  const { samplesPerColumn, firstColumn, columns } = grid
  const first = Math.max(firstColumn, Math.floor(region.fromSample / samplesPerColumn))
  const last = Math.min(firstColumn + columns, Math.ceil(region.toSample / samplesPerColumn))
  const from = first * samplesPerColumn
  const count = Math.max(0, last - first)
  const pairs = slicePeaks(pyramid, from - takeFrom, from - takeFrom + count * samplesPerColumn, count)
  const gain = dbToGain(region.gainDb)
  const isFaded = region.fadeInSamples > 0 || region.fadeOutSamples > 0
  if (gain === 1 && !isFaded) return { regionId: region.id, firstColumn: first, pairs }
  for (let column = 0; column < count; column += 1) {
    const factor = isFaded ? gain * fadeGain(region, from + (column + 0.5) * samplesPerColumn) : gain
    pairs[column * 2]! *= factor
    pairs[column * 2 + 1]! *= factor
  }
  return { regionId: region.id, firstColumn: first, pairs }
}

/** The original sound: one run over all that is in view of the film. */
export function originalRun(pyramid: PeakPyramid, view: Viewport, gainDb: number): ColumnRun {
  const { firstColumn, columns, samplesPerColumn } = columnGrid(view)
  const last = Math.min(firstColumn + columns, Math.ceil(view.durationSamples / samplesPerColumn))
  const count = Math.max(0, last - firstColumn)
  const from = firstColumn * samplesPerColumn
  const gain = dbToGain(gainDb)
  const pairs = slicePeaks(pyramid, from, from + count * samplesPerColumn, count).map((value) => value * gain)
  return { regionId: null, firstColumn, pairs, isMuted: false }
}
