/** Looking things up in the document. A missing id is a defect of the caller, not of the document. */
import type { ProjectDocument, Region, SyncMark, Take, Track } from '@shared/project'

export interface RegionPlace {
  readonly trackId: string
  readonly regionId: string
}

export function trackOf(document: ProjectDocument, trackId: string): Track {
  const track = document.tracks.find(({ id }) => id === trackId)
  if (!track) throw new Error(`no track ${trackId}`)
  return track
}

export function regionOf(document: ProjectDocument, { trackId, regionId }: RegionPlace): Region {
  const region = trackOf(document, trackId).regions.find(({ id }) => id === regionId)
  if (!region) throw new Error(`no region ${regionId} on track ${trackId}`)
  return region
}

export const hasRegion = ({ tracks }: ProjectDocument, { trackId, regionId }: RegionPlace): boolean =>
  tracks.some(({ id, regions }) => id === trackId && regions.some((region) => region.id === regionId))

export function takeOf(document: ProjectDocument, takeId: string): Take {
  const take = document.takes[takeId]
  if (!take) throw new Error(`no take ${takeId}`)
  return take
}

export function syncMarkOf(document: ProjectDocument, id: string): SyncMark {
  const mark = document.syncMarks.find((each) => each.id === id)
  if (!mark) throw new Error(`no sync point ${id}`)
  return mark
}
