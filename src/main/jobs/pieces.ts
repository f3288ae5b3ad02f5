/**
 * The film's features, in memory, piece by piece.
 *
 * [Note: why pieces] A short film is one piece. A long one is looked at in pieces, each a turn of its own in the engine's
 * lane, so that a generation of two seconds goes in between and looks only at the pieces that it needs. Each piece is
 * given the encoder's receptive field on both sides: its features are those of the whole film.
 */
import type { PackManifest } from '@shared/pack'
import type { SuggestedSync } from '@shared/requests'
import type { EncodedFilm } from '../engine/types'
import { gridRange } from '../media/grid'

/** Frames `firstFrame <= n < endFrame` of the visual grid. */
export interface Piece {
  readonly index: number
  readonly firstFrame: number
  readonly endFrame: number
}

const WHOLE_UP_TO_SEC = 180
const PIECE_SEC = 20
/** Nearer suggestions are one impact (`engine/suggest.ts`): over a border both pieces may see it. */
const APART_SEC = 0.1

export function planPieces(durationSec: number, { rateHz }: Pick<PackManifest['visual'], 'rateHz'>): Piece[] {
  const frames = Math.max(1, gridRange(rateHz, 0, durationSec).count)
  const size = durationSec <= WHOLE_UP_TO_SEC ? frames : Math.round(PIECE_SEC * rateHz)
  return Array.from({ length: Math.ceil(frames / size) }, (_, index) => ({
    index,
    firstFrame: index * size,
    endFrame: Math.min(frames, (index + 1) * size)
  }))
}

/** The pieces that show any of `fromSec <= t < toSec`; the film's last picture counts for what is after it. */
export function piecesWithin(pieces: readonly Piece[], rateHz: number, fromSec: number, toSec: number): Piece[] {
  const end = (pieces.at(-1)?.endFrame ?? 0) - 1
  const [first, last] = [fromSec, toSec].map((seconds) => Math.min(Math.max(0, Math.floor(seconds * rateHz)), end))
  return pieces.filter(({ firstFrame, endFrame }) => endFrame > first! && firstFrame <= last!)
}

/** What was asked of the encoder for a piece: the piece and its context. */
export interface PieceFrames {
  readonly firstFrame: number
  readonly count: number
}

export function framesOfPiece(piece: Piece, pieces: readonly Piece[], context: number): PieceFrames {
  const firstFrame = Math.max(0, piece.firstFrame - context)
  const endFrame = Math.min(pieces.at(-1)!.endFrame, piece.endFrame + context)
  return { firstFrame, count: endFrame - firstFrame }
}

/** The piece's own rows of what was encoded with context, and its suggestions in the film's time. */
export function cutPiece(
  encoded: EncodedFilm,
  frames: PieceFrames,
  piece: Piece,
  { rateHz, featureChannels }: Pick<PackManifest['visual'], 'rateHz' | 'featureChannels'>
): EncodedFilm {
  const [from, to] = [piece.firstFrame - frames.firstFrame, piece.endFrame - frames.firstFrame]
  const [fromSec, toSec] = [piece.firstFrame / rateHz, piece.endFrame / rateHz]
  return {
    features: encoded.features.slice(from * featureChannels, to * featureChannels),
    suggestedSync: encoded.suggestedSync
      .map((each) => ({ ...each, timeSec: each.timeSec + frames.firstFrame / rateHz }))
      .filter(({ timeSec }) => timeSec >= fromSec && timeSec < toSec)
  }
}

/** Suggestions of several pieces in time order; of two that are one impact the more probable stays. */
export function joinSuggestions(pieces: readonly EncodedFilm[]): SuggestedSync[] {
  const kept: SuggestedSync[] = []
  for (const each of pieces.flatMap(({ suggestedSync }) => suggestedSync)) {
    const last = kept.at(-1)
    if (!last || each.timeSec - last.timeSec >= APART_SEC) kept.push(each)
    else if (each.probability > last.probability) kept[kept.length - 1] = each
  }
  return kept
}

/** Features of neighbouring pieces as one stretch. */
export interface FilmStretch {
  readonly firstFrame: number
  readonly features: Float32Array
}

export function joinPieces(firstFrame: number, pieces: readonly EncodedFilm[]): FilmStretch {
  const only = pieces[0]
  if (pieces.length === 1 && only) return { firstFrame, features: only.features }
  const features = new Float32Array(pieces.reduce((sum, piece) => sum + piece.features.length, 0))
  let at = 0
  for (const piece of pieces) {
    features.set(piece.features, at)
    at += piece.features.length
  }
  return { firstFrame, features }
}
