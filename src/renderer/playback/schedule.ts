/** What sounds when: the document's regions as pieces of takes with their gains. Pure. */
import { dbToGain, fadePlaces, isAudible, soundingRegions } from '@shared/audible'
import { voicesOfTrack, withTake, type TakePart, type Voice } from '@shared/edges'
import type { ProjectDocument } from '@shared/project'

/** Sound is fetched and scheduled in pieces of this length, so that an hour's take is never in memory. */
export const PIECE_SAMPLES = 4 * 48_000

export interface Piece {
  readonly takeId: string
  readonly voice: Voice
  readonly trackId: string
  /** Part of the film that is to sound. */
  readonly fromSample: number
  readonly toSample: number
  /** What is fetched for it: the same wherever playback begins, so that it need not be fetched again. */
  readonly sound: TakePart
}

/** A region that is heard with another of its takes. */
export interface Audition {
  readonly regionId: string
  readonly takeId: string
}

/** The pieces of all regions that sound between `fromSample` and `toSample`, each from sound of one {@link PIECE_SAMPLES}. */
export function piecesBetween(
  document: ProjectDocument,
  fromSample: number,
  toSample: number,
  audition: Audition | null
): Piece[] {
  return document.tracks.flatMap((track) => {
    const heard = new Set(isAudible(document, track) ? soundingRegions(track).map(({ id }) => id) : [])
    if (audition && track.regions.some(({ id }) => id === audition.regionId)) heard.add(audition.regionId)
    if (heard.size === 0) return []
    return voicesOfTrack(audition ? withTake(track, audition.regionId, audition.takeId) : track, document.takes)
      .filter(({ region }) => heard.has(region.id))
      .flatMap((voice) => voice.parts.map((part) => ({ voice, part, trackId: track.id })))
      .flatMap((sounding) => gridPieces(sounding, fromSample, toSample))
  })
}

interface Sounding {
  readonly voice: Voice
  readonly part: TakePart
  readonly trackId: string
}

/** The grid belongs to the film. */
function gridPieces({ voice, part, trackId }: Sounding, fromSample: number, toSample: number): Piece[] {
  const first = Math.max(part.fromSample, fromSample)
  const last = Math.min(part.toSample, toSample)
  const pieces: Piece[] = []
  for (let from = first; from < last;) {
    const cell = Math.floor(from / PIECE_SAMPLES) * PIECE_SAMPLES
    const to = Math.min(last, cell + PIECE_SAMPLES)
    const sound = {
      takeId: part.takeId,
      fromSample: Math.max(part.fromSample, cell),
      toSample: Math.min(part.toSample, cell + PIECE_SAMPLES)
    }
    pieces.push({ takeId: part.takeId, voice, trackId, fromSample: from, toSample: to, sound })
    from = to
  }
  return pieces
}

/** As the document has it now: gains may change while a piece sounds. */
export function pieceGain(document: ProjectDocument, { voice: { region }, trackId }: Piece): number {
  const track = document.tracks.find(({ id }) => id === trackId)
  const now = track?.regions.find(({ id }) => id === region.id) ?? region
  return dbToGain(now.gainDb) * dbToGain(track?.gainDb ?? 0)
}

/**
 * Equal for two documents that differ in nothing that is scheduled; gains, which follow by themselves, do not count, but
 * for the cross-fade that a region of another gain makes with its neighbour.
 */
export function scheduleKey(document: ProjectDocument): string {
  const heard = document.tracks.map((track) => [
    isAudible(document, track),
    voicesOfTrack(track, document.takes).map(({ region, parts, opening, closing }) => {
      const { id, toSample, muted, solo, pan } = region
      return [id, toSample, muted, solo, pan, fadePlaces(region), parts, opening, closing]
    })
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
