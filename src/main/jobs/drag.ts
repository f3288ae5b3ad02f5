/** A region or a track as a WAV: saved, or dragged out of the window, named so that it is recognised elsewhere. */
import { createHash } from 'node:crypto'
import { stat, utimes } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { FoleyError } from '@shared/errors'
import type { SoundPlace } from '@shared/ipc'
import type { Region, Track } from '@shared/project'
import { sampleToFrame, timecode } from '@shared/time'
import type { MediaInfo } from '../media/media-info'
import { makeFolder, withTemporary } from '../media/output'
import { timeReferenceSamples } from '../media/time-reference'
import { fileName } from './file-names'
import { clippedWarning, writeStem } from './mix-files'
import type { MixRequest } from './timeline-mix'

/** Where they lie: counted and emptied with the cache. */
export const draggedFolder = (userDataFolder: string): string => join(userDataFolder, 'dragged')

/** @throws FoleyError `request.invalid` */
function placeOf({ document, trackId, regionId }: SoundPlace): { readonly track: Track; readonly region?: Region } {
  const track = document.tracks.find(({ id }) => id === trackId)
  const region = track?.regions.find(({ id }) => id === regionId)
  if (track && region) return { track, region }
  if (track && regionId === null) return { track }
  throw new FoleyError('request.invalid', 'The project has no such track or region.', 'Select it again.')
}

/** What its file is called, wherever it goes. @throws FoleyError `request.invalid` */
export function wavName(place: SoundPlace): string {
  const { track, region } = placeOf(place)
  const { path, rate, startFrame, dropFrame } = place.document.media
  const at = region && timecode(startFrame + sampleToFrame(region.fromSample, rate), rate, dropFrame)
  const where = at === undefined ? '' : ` ${at.replace(/[:;]/g, '.')}`
  return `${fileName(`${basename(path, extname(path))} - ${track.name}${where}`)}.wav`
}

function partOf(place: SoundPlace, takesFolder: string): MixRequest {
  const { document, trackId } = place
  const { region } = placeOf(place)
  if (!region) return { document, takesFolder, part: { kind: 'track', trackId } }
  const { id: regionId, fromSample, toSample } = region
  return { document, takesFolder, part: { kind: 'region', trackId, regionId }, fromSample, toSample }
}

export interface WavSource {
  readonly film: MediaInfo
  readonly takesFolder: string
}

/**
 * Renders it to `target`, which appears complete or not at all. Returns what the person should know.
 *
 * @throws FoleyError `request.invalid`, `input.*`, `output.*`
 */
export async function renderWav(
  place: SoundPlace,
  target: string,
  { film, takesFolder }: WavSource
): Promise<string[]> {
  const part = partOf(place, takesFolder)
  const { clippedSamples } = await withTemporary(target, (temporary) =>
    writeStem(temporary, part, timeReferenceSamples(film), target)
  )
  const { track } = placeOf(place)
  return clippedSamples === 0 ? [] : [clippedWarning(track.name, clippedSamples)]
}

/**
 * Renders it below `folder` and returns the path. Other programs may go on reading the file from there: the same request
 * gives the same path, another one never replaces it.
 *
 * @throws FoleyError `request.invalid`, `input.*`, `output.*`
 */
export async function renderDrag(
  place: SoundPlace,
  { folder, ...source }: WavSource & { readonly folder: string }
): Promise<string> {
  const { document, regionId } = place
  const heard = JSON.stringify([source.film.path, document.media.durationSamples, placeOf(place).track, regionId])
  const within = join(folder, createHash('sha256').update(heard).digest('hex').slice(0, 16))
  const path = join(within, wavName(place))
  if (!(await stat(path).catch(() => undefined))) {
    await makeFolder(within)
    await renderWav(place, path, source)
  }
  // Its age counts from when it was last dragged.
  await utimes(within, new Date(), new Date())
  return path
}
