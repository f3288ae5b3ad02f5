/** What sounds when: the document's regions as pieces of takes with their gains. Pure. */
import type { ProjectDocument, Region } from '@shared/project'
import { dbToGain, isAudible } from '@shared/audible'

/** Sound is fetched and scheduled in pieces of this length, so that an hour's take is never in memory. */
export const PIECE_SAMPLES = 4 * 48_000

export interface Piece {
  readonly takeId: string
  readonly region: Region
  readonly trackId: string
  /** Part of the film, inside the region. */
  readonly fromSample: number
  readonly toSample: number
}

/** A region that is heard with another of its takes. */
export interface Audition {
  readonly regionId: string
  readonly takeId: string
}

/**
 * The pieces of all regions that sound between `fromSample` and `toSample`. Pieces begin on a grid that belongs to the
 * film, so that the same ones come back after a seek.
 */
export function piecesBetween(
  document: ProjectDocument,
  fromSample: number,
  toSample: number,
  audition: Audition | null
): Piece[] {
  return document.tracks.flatMap((track) =>
    track.regions.flatMap((region) => {
      const first = Math.max(region.fromSample, fromSample)
      const last = Math.min(region.toSample, toSample)
      const isHeard = audition?.regionId === region.id || (isAudible(document, track) && !region.muted)
      if (first >= last || !isHeard) return []
      const takeId = audition?.regionId === region.id ? audition.takeId : region.takeId
      return gridParts(first, last).map(([from, to]) => ({
        takeId,
        region,
        trackId: track.id,
        fromSample: from,
        toSample: to
      }))
    })
  )
}

function gridParts(first: number, last: number): [number, number][] {
  const parts: [number, number][] = []
  for (let from = first; from < last;) {
    const to = Math.min(last, (Math.floor(from / PIECE_SAMPLES) + 1) * PIECE_SAMPLES)
    parts.push([from, to])
    from = to
  }
  return parts
}

/** Places of a piece where the slope of its fades changes: between them the gain is a straight line. */
export function fadeCorners({ region, fromSample, toSample }: Piece): number[] {
  const corners = [region.fromSample + region.fadeInSamples, region.toSample - region.fadeOutSamples]
  return [fromSample, ...corners.filter((at) => at > fromSample && at < toSample), toSample].sort((a, b) => a - b)
}

/** As the document has it now: gains may change while a piece sounds. */
export function pieceGain(document: ProjectDocument, { region, trackId }: Piece): number {
  const track = document.tracks.find(({ id }) => id === trackId)
  const now = track?.regions.find(({ id }) => id === region.id) ?? region
  return dbToGain(now.gainDb) * dbToGain(track?.gainDb ?? 0)
}

/** Equal for two documents that differ in nothing that is scheduled; gains, which follow by themselves, do not count. */
export function scheduleKey(document: ProjectDocument): string {
  const heard = document.tracks.map((track) => [
    isAudible(document, track),
    track.regions.map(({ id, fromSample, toSample, takeId, fadeInSamples, fadeOutSamples, pan, muted }) =>
      [id, fromSample, toSample, takeId, fadeInSamples, fadeOutSamples, pan, muted].join(' ')
    )
  ])
  return JSON.stringify(heard)
}

export function originalGain(document: ProjectDocument): number {
  return isAudible(document, document.original) ? dbToGain(document.original.gainDb) : 0
}

/** First sample of the frame that shows at `sample`, within the film. */
export function withinFilm(document: ProjectDocument, sample: number): number {
  return Math.min(Math.max(0, Math.round(sample)), document.media.durationSamples - 1)
}
