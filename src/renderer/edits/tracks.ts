/** Edits of tracks, of the original sound's channel and of the marked range. */
import type { ProjectDocument, RegionSettings, Track } from '@shared/project'
import { trackOf } from './find'
import type { NewId } from './regions'

export const TRACK_HUES = 8

export function addTrack(draft: ProjectDocument, newId: NewId, name?: string): string {
  const id = newId()
  const used = draft.tracks.map(({ hue }) => hue)
  const free = Array.from({ length: TRACK_HUES }, (_, hue) => hue).find((hue) => !used.includes(hue))
  draft.tracks.push({
    id,
    name: name ?? `Foley ${draft.tracks.length + 1}`,
    hue: free ?? draft.tracks.length % TRACK_HUES,
    gainDb: 0,
    muted: false,
    solo: false,
    regions: []
  })
  return id
}

export function removeTrack(draft: ProjectDocument, trackId: string): void {
  draft.tracks = draft.tracks.filter(({ id }) => id !== trackId)
}

export function renameTrack(draft: ProjectDocument, trackId: string, name: string): void {
  const trimmed = name.trim().slice(0, 120)
  if (trimmed !== '') trackOf(draft, trackId).name = trimmed
}

export type ChannelChange = Partial<Pick<Track, 'gainDb' | 'muted' | 'solo'>>

/** `trackId` null is the original sound. */
export function changeChannel(draft: ProjectDocument, trackId: string | null, change: ChannelChange): void {
  Object.assign(trackId === null ? draft.original : trackOf(draft, trackId), change)
}

/** In after out, or out before in, drops the other. */
export function markIn(draft: ProjectDocument, sample: number): void {
  const { range } = draft
  range.inSample = sample
  if (range.outSample !== null && range.outSample <= sample) range.outSample = null
}

export function markOut(draft: ProjectDocument, sample: number): void {
  const { range } = draft
  range.outSample = sample
  if (range.inSample !== null && range.inSample >= sample) range.inSample = null
}

export function markRange(draft: ProjectDocument, inSample: number | null, outSample: number | null): void {
  draft.range.inSample = inSample
  draft.range.outSample = outSample
}

/** The marked range, with the film's ends for what is not marked; null when nothing is. */
export function markedRange({ range, media }: ProjectDocument): { fromSample: number; toSample: number } | null {
  if (range.inSample === null && range.outSample === null) return null
  return { fromSample: range.inSample ?? 0, toSample: range.outSample ?? media.durationSamples }
}

export function changeDefaults(draft: ProjectDocument, change: Partial<RegionSettings>): void {
  Object.assign(draft.settings, change)
}
