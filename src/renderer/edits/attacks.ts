/** What the timeline says about sync: the attacks that are heard, and how far each sync point is from the nearest. */
import { isAudible, soundingRegions } from '@shared/audible'
import type { ProjectDocument, Region, SyncMark, Take, Track } from '@shared/project'
import { SAMPLE_RATE } from '@shared/time'
import { takeOf, type RegionPlace } from './find'

/** Samples of the attacks that a track plays, in time order: those of the chosen takes, inside their regions. */
export const attacksOf = (document: ProjectDocument, track: Track): number[] =>
  soundingRegions(track).flatMap((region) => attacksWithin(document, region))

const attacksWithin = (document: ProjectDocument, region: Region): number[] =>
  within(region, takeOf(document, region.takeId).attacks).map(({ sample }) => sample)

/** Attacks or sync points inside a range of the film. */
export const within = <Placed extends Pick<SyncMark | Take['attacks'][number], 'sample'>>(
  { fromSample, toSample }: Pick<Region, 'fromSample' | 'toSample'>,
  placed: readonly Placed[]
): Placed[] => placed.filter(({ sample }) => sample >= fromSample && sample < toSample)

export function heardAttacks(document: ProjectDocument): number[] {
  const heard = document.tracks.filter((track) => isAudible(document, track))
  return heard.flatMap((track) => attacksOf(document, track)).sort((a, b) => a - b)
}

/** An attack that is heard, and the region that plays it. */
export interface HeardAttack extends RegionPlace {
  readonly sample: number
}

/** The same as {@link heardAttacks}, each with where it comes from. */
export function placedAttacks(document: ProjectDocument): HeardAttack[] {
  const placed = document.tracks
    .filter((track) => isAudible(document, track))
    .flatMap((track) =>
      soundingRegions(track).flatMap((region) =>
        attacksWithin(document, region).map((sample) => ({ sample, trackId: track.id, regionId: region.id }))
      )
    )
  return placed.sort((a, b) => a.sample - b.sample)
}

export interface SyncDistance {
  readonly mark: SyncMark
  /** Frames of the film from the point to the nearest attack, negative = early; null when none is within half a second. */
  readonly frames: number | null
}

/** `attacks` in time order. */
export function syncDistances(document: ProjectDocument, attacks: readonly number[]): SyncDistance[] {
  const { num, den } = document.media.rate
  const frameSamples = (SAMPLE_RATE * den) / num
  return document.syncMarks.map((mark) => {
    const nearest = nearestOf(attacks, mark.sample)
    const isNear = nearest !== null && Math.abs(nearest - mark.sample) <= SAMPLE_RATE / 2
    return { mark, frames: isNear ? (nearest - mark.sample) / frameSamples : null }
  })
}

/** The value nearest to `target` in a sorted list, or null for an empty one. */
export function nearestOf(sorted: readonly number[], target: number): number | null {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < target) low = middle + 1
    else high = middle
  }
  const [before, after] = [sorted[low - 1], sorted[low]]
  if (before === undefined) return after ?? null
  if (after === undefined) return before
  return target - before <= after - target ? before : after
}

/** Median |frames| over the points that have an attack near, and how many are within one frame. */
export function syncSummary(distances: readonly SyncDistance[]): {
  points: number
  within: number
  medianFrames: number | null
} {
  const known = distances.flatMap(({ frames }) => (frames === null ? [] : [Math.abs(frames)])).sort((a, b) => a - b)
  const middle = known.length >> 1
  const median = known.length % 2 === 1 ? known[middle]! : ((known[middle - 1] ?? 0) + (known[middle] ?? 0)) / 2
  return {
    points: distances.length,
    within: known.filter((frames) => frames <= 1).length,
    medianFrames: known.length === 0 ? null : median
  }
}
