/** How far a film's picture is beside its sound: as it is asked for, or as the film itself tells. */
import type { GenerateSettings } from '@shared/requests'
import { offsetFromSound } from '@shared/sound-offset'
import { withPictureOffset } from '@shared/sync'
import type { EncodedFilm } from '../engine/types'
import { latenessWarning, pictureLatenessSec } from '../media/conversion'
import type { MediaInfo } from '../media/media-info'
import type { MediaTools } from '../media/tools'
import { attacksOfFilm } from './own-sound'

/** The film as the encoder saw it, and how much later that counts: its suggestions have the offset already. */
export interface SeenFilm extends EncodedFilm {
  readonly pictureOffsetSec: number
  /** Why it is not what was asked for, or what nobody asked for. */
  readonly warnings: readonly string[]
}

/** Looks and listens for what the film tells while others work on it; {@link PictureOffset.stop} ends that. */
export class PictureOffset {
  readonly #film: MediaInfo
  readonly #wanted: GenerateSettings['pictureOffsetSec']
  readonly #abort = new AbortController()
  readonly #lateness: () => Promise<number>
  readonly #attacks: Promise<number[]> | undefined

  constructor(
    film: MediaInfo,
    wanted: GenerateSettings['pictureOffsetSec'],
    tools: MediaTools,
    signal: AbortSignal | undefined
  ) {
    this.#film = film
    this.#wanted = wanted
    const ends = AbortSignal.any([this.#abort.signal, ...(signal ? [signal] : [])])
    const look = (): Promise<number> => pictureLatenessSec(film, tools, ends)
    if (wanted === 'sound') this.#attacks = thrownLater(attacksOfFilm(film, tools, ends))
    const begun = wanted === undefined ? thrownLater(look()) : undefined
    this.#lateness = () => begun ?? look()
  }

  /** @throws FoleyError `ffmpeg.*` */
  async place(encoded: EncodedFilm): Promise<SeenFilm> {
    if (typeof this.#wanted === 'number') return this.#at(encoded, this.#wanted, [])
    const heardSec = this.#attacks ? offsetFromSound(encoded.suggestedSync, await this.#attacks) : null
    if (heardSec !== null) return this.#at(encoded, heardSec, [])
    const latenessSec = await this.#lateness()
    return this.#at(encoded, 0 - latenessSec, [
      ...(this.#attacks ? ['The film’s own sound does not tell how far it is from the picture.'] : []),
      ...(latenessSec > 0 ? [latenessWarning(latenessSec)] : [])
    ])
  }

  stop(): void {
    this.#abort.abort()
  }

  #at(encoded: EncodedFilm, pictureOffsetSec: number, warnings: readonly string[]): SeenFilm {
    const suggestedSync = withPictureOffset(encoded.suggestedSync, pictureOffsetSec, this.#film.durationSec)
    return { ...encoded, suggestedSync, pictureOffsetSec, warnings }
  }
}

/** Its failure is thrown where it is waited for, if it is. */
function thrownLater<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}
