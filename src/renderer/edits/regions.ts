/** Edits of regions and takes. Each is a recipe for immer: it changes the draft in place and keeps the document valid. */
import type { ProjectDocument, Region, RegionSettings, Take } from '@shared/project'
import { regionOf, takeOf, trackOf, type RegionPlace } from './find'

export type NewId = () => string

/** A shorter remainder of a region is dropped when it is cut: nobody hears or grabs it. */
export const SHORTEST_REGION_SAMPLES = 480

export interface PlacedTakes {
  readonly trackId: string
  readonly fromSample: number
  readonly toSample: number
  /** At least one; the first is heard. */
  readonly takes: readonly Take[]
  readonly settings: RegionSettings
}

/**
 * Puts new takes on a track. Where a region has exactly that range they join its takes; otherwise the range is cut out
 * of what lies there, and a new region is put in. Returns the region's id.
 */
export function placeTakes(draft: ProjectDocument, placed: PlacedTakes, newId: NewId): string {
  const { trackId, fromSample, toSample, takes, settings } = placed
  const first = takes[0]
  if (!first) throw new Error('no takes to place')
  const track = trackOf(draft, trackId)
  for (const take of takes) draft.takes[take.id] = { ...take, attacks: [...take.attacks] }
  const same = track.regions.find((each) => each.fromSample === fromSample && each.toSample === toSample)
  if (same) {
    same.takeIds.push(...takes.map(({ id }) => id))
    same.takeId = first.id
    // But for the seed that was drawn, its settings are the editor's, who may have changed them meanwhile.
    if (!same.settings.seedLocked) same.settings.seed = settings.seed
    return same.id
  }
  const covering = track.regions.find((each) => each.fromSample <= fromSample && each.toSample >= toSample)
  const look = covering ? { gainDb: covering.gainDb, pan: covering.pan } : { gainDb: 0, pan: 0 }
  cutOut(draft, trackId, fromSample, toSample, newId)
  const region: Region = {
    id: newId(),
    fromSample,
    toSample,
    takeIds: takes.map(({ id }) => id),
    takeId: first.id,
    ...look,
    fadeInSamples: 0,
    fadeOutSamples: 0,
    muted: false,
    settings: { ...settings }
  }
  track.regions.push(region)
  track.regions.sort((a, b) => a.fromSample - b.fromSample)
  return region.id
}

/** Empties a range of a track: regions over its edges are trimmed, one around it becomes two. */
export function cutOut(
  draft: ProjectDocument,
  trackId: string,
  fromSample: number,
  toSample: number,
  newId: NewId
): void {
  const track = trackOf(draft, trackId)
  track.regions = track.regions.flatMap((region) => {
    if (region.toSample <= fromSample || region.fromSample >= toSample) return [region]
    const before = { ...region, toSample: fromSample, fadeOutSamples: 0 }
    const after = { ...region, id: newId(), fromSample: toSample, fadeInSamples: 0, takeIds: [...region.takeIds] }
    return [before, after]
      .filter((each) => each.toSample - each.fromSample >= SHORTEST_REGION_SAMPLES)
      .map(withFittingFades)
  })
}

export function splitRegion(draft: ProjectDocument, place: RegionPlace, atSample: number, newId: NewId): string | null {
  const region = regionOf(draft, place)
  const [left, right] = [atSample - region.fromSample, region.toSample - atSample]
  if (Math.min(left, right) < SHORTEST_REGION_SAMPLES) return null
  const { regions } = trackOf(draft, place.trackId)
  const second: Region = {
    ...region,
    id: newId(),
    fromSample: atSample,
    fadeInSamples: 0,
    takeIds: [...region.takeIds],
    settings: { ...region.settings }
  }
  regions.splice(regions.indexOf(region) + 1, 0, withFittingFades(second))
  region.toSample = atSample
  region.fadeOutSamples = 0
  Object.assign(region, withFittingFades(region))
  return second.id
}

/** How far an edge may go: to the neighbours, and to what the region's takes cover. */
export function trimLimits(document: ProjectDocument, place: RegionPlace): { fromSample: number; toSample: number } {
  const { regions } = trackOf(document, place.trackId)
  const index = regions.findIndex(({ id }) => id === place.regionId)
  const region = regionOf(document, place)
  const takes = region.takeIds.map((id) => takeOf(document, id))
  return {
    fromSample: Math.max(regions[index - 1]?.toSample ?? 0, ...takes.map((take) => take.fromSample)),
    toSample: Math.min(regions[index + 1]?.fromSample ?? Infinity, ...takes.map((take) => take.toSample))
  }
}

/** Moves one edge or both; each stays within {@link trimLimits} and leaves a region that can be grabbed. */
export function trimRegion(
  draft: ProjectDocument,
  place: RegionPlace,
  edges: { readonly fromSample?: number; readonly toSample?: number }
): void {
  const limits = trimLimits(draft, place)
  const region = regionOf(draft, place)
  if (edges.fromSample !== undefined) {
    const latest = region.toSample - SHORTEST_REGION_SAMPLES
    region.fromSample = Math.round(Math.min(Math.max(edges.fromSample, limits.fromSample), latest))
  }
  if (edges.toSample !== undefined) {
    const earliest = region.fromSample + SHORTEST_REGION_SAMPLES
    region.toSample = Math.round(Math.max(Math.min(edges.toSample, limits.toSample), earliest))
  }
  Object.assign(region, withFittingFades(region))
}

export function deleteRegion(draft: ProjectDocument, { trackId, regionId }: RegionPlace): void {
  const track = trackOf(draft, trackId)
  track.regions = track.regions.filter(({ id }) => id !== regionId)
}

export function chooseTake(draft: ProjectDocument, place: RegionPlace, takeId: string): void {
  const region = regionOf(draft, place)
  if (!region.takeIds.includes(takeId)) throw new Error(`take ${takeId} does not belong to region ${region.id}`)
  region.takeId = takeId
}

/** The last take of a region stays: delete the region instead. The take and its files stay until the project is cleaned up. */
export function removeTake(draft: ProjectDocument, place: RegionPlace, takeId: string): void {
  const region = regionOf(draft, place)
  if (region.takeIds.length < 2) return
  region.takeIds = region.takeIds.filter((id) => id !== takeId)
  if (region.takeId === takeId) region.takeId = region.takeIds[0]!
}

/** What clean-up leaves: the takes that a region holds. */
export function dropUnusedTakes(draft: ProjectDocument): void {
  const held = new Set(draft.tracks.flatMap(({ regions }) => regions.flatMap(({ takeIds }) => takeIds)))
  draft.takes = Object.fromEntries(Object.entries(draft.takes).filter(([id]) => held.has(id)))
}

export function renameTake(draft: ProjectDocument, takeId: string, name: string): void {
  const trimmed = name.trim().slice(0, 120)
  if (trimmed !== '') takeOf(draft, takeId).name = trimmed
}

export type RegionChange = Partial<
  Pick<Region, 'gainDb' | 'pan' | 'fadeInSamples' | 'fadeOutSamples' | 'muted' | 'settings'>
>

export function changeRegion(draft: ProjectDocument, place: RegionPlace, change: RegionChange): void {
  const region = regionOf(draft, place)
  Object.assign(region, change)
  Object.assign(region, withFittingFades(region))
}

/** Fades never overlap: each gets at most what the other leaves. */
function withFittingFades(region: Region): Region {
  const length = region.toSample - region.fromSample
  const fadeInSamples = Math.round(Math.min(region.fadeInSamples, length))
  const fadeOutSamples = Math.round(Math.min(region.fadeOutSamples, length - fadeInSamples))
  return { ...region, fadeInSamples, fadeOutSamples }
}
