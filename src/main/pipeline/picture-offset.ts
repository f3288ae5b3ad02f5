/** How far a film's picture is beside its sound: as it is asked for, or as the film itself tells. */
import { FoleyError } from '@shared/errors'
import type { GenerateSettings } from '@shared/requests'
import { offsetFromSound } from '@shared/sound-offset'
import { withPictureOffset } from '@shared/sync'
import { attacksOfFilm } from '../analysis/film-attacks'
import type { EncodedFilm } from '../engine/types'
import { latenessWarning, pictureLatenessSec } from '../media/conversion'
import type { MediaInfo } from '../media/media-info'
import type { MediaTools } from '../media/tools'

/** The film as the encoder saw it, and how much later that counts: its suggestions have the offset already. */
export interface SeenFilm extends EncodedFilm {
  readonly pictureOffsetSec: number
  readonly warnings: readonly string[]
}

type Place = (encoded: EncodedFilm) => Promise<SeenFilm>

/**
 * What a film needs is looked for from now on, beside other work; the answer waits for it. Where the offset is left to the
 * film, the warnings say what it is and why.
 *
 * @throws FoleyError `input.no-audio` where its own sound should tell and there is none; the answer: `ffmpeg.*`
 */
export function beginPictureOffset(
  wanted: GenerateSettings['pictureOffsetSec'],
  film: MediaInfo,
  tools: MediaTools,
  signal?: AbortSignal
): Place {
  const at = (encoded: EncodedFilm, pictureOffsetSec: number, ...warnings: string[]): SeenFilm => {
    const suggestedSync = withPictureOffset(encoded.suggestedSync, pictureOffsetSec, film.durationSec)
    return { ...encoded, suggestedSync, pictureOffsetSec, warnings }
  }
  if (typeof wanted === 'number') return (encoded) => Promise.resolve(at(encoded, wanted))
  if (wanted === 'sound' && film.audio.length === 0) {
    throw new FoleyError(
      'input.no-audio',
      `${film.path} has no sound of its own that could tell the picture offset.`,
      'Give the offset in seconds, or leave it out.'
    )
  }
  const lateness = pictureLatenessSec(film, tools, signal)
  lateness.catch(() => undefined) // thrown where it is waited for
  return async (encoded) => {
    const heardSec =
      wanted === 'sound' ? offsetFromSound(encoded.suggestedSync, await attacksOfFilm(film, tools, signal)) : null
    if (heardSec !== null) return at(encoded, heardSec)
    const latenessSec = await lateness
    return at(
      encoded,
      0 - latenessSec,
      ...(wanted === 'sound' ? ['The film’s own sound does not tell how far it is from the picture.'] : []),
      ...(latenessSec > 0 ? [latenessWarning(latenessSec)] : [])
    )
  }
}
