/** Looks at the film: features for generations, and the impacts that the encoder suggests. */
import type { SuggestedSync } from '@shared/requests'
import type { EncodedFilm, ReadyEngine } from '../engine/types'
import type { MediaInfo } from '../media/media-info'
import type { MediaTools } from '../media/tools'
import { lookAt } from '../pipeline/look'
import {
  cutPiece,
  framesOfPiece,
  joinPieces,
  joinSuggestions,
  piecesWithin,
  planPieces,
  type FilmStretch,
  type Piece
} from './pieces'

export interface FilmToSee {
  readonly film: MediaInfo
  readonly filmKey: string
  readonly media: MediaTools
}

export interface LookOptions {
  readonly signal: AbortSignal
  /** Of this call. */
  readonly onFraction: (fraction: number) => void
}

export class FilmAnalysis {
  #key = ''
  #seen = new Map<number, EncodedFilm>()

  /** Pieces of the film that are not seen yet, in order of time; none when all are. */
  unseen({ film, filmKey }: FilmToSee, { info }: ReadyEngine): Piece[] {
    const seen = this.#pieces(filmKey, info.packHash)
    return planPieces(film.durationSec, info.manifest.visual).filter(({ index }) => !seen.has(index))
  }

  async look(piece: Piece, target: FilmToSee, ready: ReadyEngine, options: LookOptions): Promise<void> {
    const seen = this.#pieces(target.filmKey, ready.info.packHash)
    if (seen.has(piece.index)) return
    seen.set(piece.index, await encodePiece(piece, target, ready, options))
  }

  /** Suggestions of all that was seen. */
  suggestions({ filmKey }: FilmToSee, { info }: ReadyEngine): SuggestedSync[] {
    const seen = this.#pieces(filmKey, info.packHash)
    return joinSuggestions([...seen.entries()].sort(([a], [b]) => a - b).map(([, film]) => film))
  }

  /** Features that show `fromSec <= t < toSec`; looks at what was not seen yet. */
  async stretch(
    target: FilmToSee,
    ready: ReadyEngine,
    { fromSec, toSec }: { readonly fromSec: number; readonly toSec: number },
    { signal, onFraction }: LookOptions
  ): Promise<FilmStretch> {
    const { visual } = ready.info.manifest
    const needed = piecesWithin(planPieces(target.film.durationSec, visual), visual.rateHz, fromSec, toSec)
    const seen = this.#pieces(target.filmKey, ready.info.packHash)
    const missing = needed.filter(({ index }) => !seen.has(index))
    for (const [done, piece] of missing.entries()) {
      await this.look(piece, target, ready, {
        signal,
        onFraction: (fraction) => onFraction((done + fraction) / missing.length)
      })
    }
    onFraction(1)
    return joinPieces(
      needed[0]!.firstFrame,
      needed.map(({ index }) => seen.get(index)!)
    )
  }

  /** Of one film and one pack at a time: 0.8 MB a minute. */
  #pieces(filmKey: string, packHash: string): Map<number, EncodedFilm> {
    const key = `${packHash} ${filmKey}`
    if (key !== this.#key) {
      this.#key = key
      this.#seen = new Map()
    }
    return this.#seen
  }
}

/** Suggestions nearer than a tenth of a second yield to stronger ones: beyond a joint these must be known, and theirs. */
const JOINT_SEC = 1

async function encodePiece(
  piece: Piece,
  { film, media }: FilmToSee,
  { engine, info }: ReadyEngine,
  { signal, onFraction }: LookOptions
): Promise<EncodedFilm> {
  const { visual, receptiveField } = info.manifest
  const context = receptiveField.visualFrames + Math.ceil(JOINT_SEC * visual.rateHz)
  const frames = framesOfPiece(piece, planPieces(film.durationSec, visual), context)
  const encoded = await lookAt(
    { film, media, engine, visual, frames },
    { signal, onProgress: ({ fraction }) => onFraction(fraction) }
  )
  return cutPiece(encoded, frames, piece, visual)
}
