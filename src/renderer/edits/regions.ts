/** Edits of regions and takes. Each is a recipe for immer: it changes the draft in place and keeps the document valid. */
import { heardTakes } from '@shared/edges'
import type { ProjectDocument, Region, RegionSettings, Take, Track } from '@shared/project'
import { regionOf, takeOf, trackOf, type RegionPlace } from './find'

export type NewId = () => string

/** A shorter remainder of a region is dropped when it is cut: nobody hears or grabs it. */
export const SHORTEST_REGION_SAMPLES = 480

type Range = Pick<Region, 'fromSample' | 'toSample'>

export interface PlacedTakes {
  readonly trackId: string
  readonly fromSample: number
  readonly toSample: number
  /** The region that they were drawn for: trimmed meanwhile it still gets them, and keeps what it had. */
  readonly regionId?: string | undefined
  /** At least one. */
  readonly takes: readonly Take[]
  /** The id of the one that plays; left out, the first. */
  readonly heardId?: string | undefined
  readonly settings: RegionSettings
}

/**
 * Puts new takes on a track. Where a region has exactly that range, or is the one they are for and was trimmed inside of
 * it, they join its takes; otherwise the range is cut out
 * of what lies there, and a new region is put in, as loud and in the same place as all of that was. Returns the region's
 * id.
 */
export function placeTakes(draft: ProjectDocument, placed: PlacedTakes, newId: NewId): string {
  const { trackId, fromSample, toSample, takes, settings } = placed
  const takeId = placed.heardId ?? takes[0]?.id
  if (takeId === undefined) throw new Error('no takes to place')
  const track = trackOf(draft, trackId)
  for (const take of takes) draft.takes[take.id] = { ...take, attacks: [...take.attacks] }
  const same =
    track.regions.find((each) => each.fromSample === fromSample && each.toSample === toSample) ??
    onlyWithin(track, placed)
  if (same) {
    same.takeIds.push(...takes.map(({ id }) => id))
    same.takeId = takeId
    // But for the seed that was drawn, its settings are the editor's, who may have changed them meanwhile.
    if (!same.settings.seedLocked) same.settings.seed = settings.seed
    return same.id
  }
  const look = lookOf(track, placed)
  cutOut(draft, trackId, fromSample, toSample, newId)
  const region: Region = {
    id: newId(),
    fromSample,
    toSample,
    takeIds: takes.map(({ id }) => id),
    takeId,
    ...look,
    muted: false,
    settings: { ...settings }
  }
  track.regions.push(region)
  track.regions.sort((a, b) => a.fromSample - b.fromSample)
  return region.id
}

/** The region that was asked for, where it lies in the range and nothing else does. */
function onlyWithin(track: Track, range: Range & Pick<PlacedTakes, 'regionId'>): Region | undefined {
  const [only, ...others] = regionsIn(track, range)
  const isWithin = only && only.fromSample >= range.fromSample && only.toSample <= range.toSample
  return isWithin && only.id === range.regionId && others.length === 0 ? only : undefined
}

type Fading = Pick<Region, 'fadeInSamples' | 'fadeOutSamples' | 'fadeInCutSamples' | 'fadeOutCutSamples'>

/**
 * What is drawn inside a region belongs to it, with its level and its fades. Otherwise it is what all that it replaces
 * was; where they differ, or there are none, as loud as what it goes on from, so that nothing changes in front of it.
 */
function lookOf(track: Track, range: Range): Pick<Region, 'gainDb' | 'pan' | 'solo'> & Fading {
  const { fromSample, toSample } = range
  const replaced = regionsIn(track, range)
  const before = track.regions.find((each) => each.fromSample < fromSample && each.toSample >= fromSample)
  const covering = replaced.find((each) => each.fromSample <= fromSample && each.toSample >= toSample)
  const agreed = <Value>(of: (region: Region) => Value, otherwise: Value): Value =>
    agreedOn(replaced.map(of), otherwise)
  return {
    gainDb: agreed(({ gainDb }) => gainDb, before?.gainDb ?? 0),
    pan: agreed(({ pan }) => pan, before?.pan ?? 0),
    // A part that is drawn anew inside what is listened to belongs to it.
    solo: agreed(({ solo }) => solo, false),
    ...(covering ? fadingWithin(covering, range) : NO_FADES)
  }
}

const NO_FADES: Fading = { fadeInSamples: 0, fadeOutSamples: 0, fadeInCutSamples: 0, fadeOutCutSamples: 0 }

/** A region's fades for a part of it: they stay where they are in the film, so that not a sample changes. */
function fadingWithin(region: Region, { fromSample, toSample }: Range): Fading {
  const inCut = region.fadeInCutSamples + fromSample - region.fromSample
  const outCut = region.fadeOutCutSamples + region.toSample - toSample
  const [isIn, isOut] = [inCut < region.fadeInSamples, outCut < region.fadeOutSamples]
  return {
    fadeInSamples: isIn ? region.fadeInSamples : 0,
    fadeOutSamples: isOut ? region.fadeOutSamples : 0,
    fadeInCutSamples: isIn ? inCut : 0,
    fadeOutCutSamples: isOut ? outCut : 0
  }
}

/** The region between two places inside it. */
const partOf = (region: Region, range: Range): Region => ({ ...region, ...range, ...fadingWithin(region, range) })

/** What plays in a range, wholly or in part. */
export const regionsIn = ({ regions }: Track, { fromSample, toSample }: Range): Region[] =>
  regions.filter((each) => each.fromSample < toSample && each.toSample > fromSample)

/** What all of them are; `otherwise` where they differ, or where there are none. */
export function agreedOn<Value>(values: readonly Value[], otherwise: Value): Value {
  const [first = otherwise, ...others] = values
  return others.every((each) => each === first) ? first : otherwise
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
    const before = { fromSample: region.fromSample, toSample: fromSample }
    const after = { fromSample: toSample, toSample: region.toSample }
    const stays = (range: Range): boolean => range.toSample - range.fromSample >= SHORTEST_REGION_SAMPLES
    return [
      ...(stays(before) ? [partOf(region, before)] : []),
      ...(stays(after) ? [{ ...partOf(region, after), id: newId(), takeIds: [...region.takeIds] }] : [])
    ]
  })
}

export function splitRegion(draft: ProjectDocument, place: RegionPlace, atSample: number, newId: NewId): string | null {
  const region = regionOf(draft, place)
  const [left, right] = [atSample - region.fromSample, region.toSample - atSample]
  if (Math.min(left, right) < SHORTEST_REGION_SAMPLES) return null
  const { regions } = trackOf(draft, place.trackId)
  const second: Region = {
    ...partOf(region, { fromSample: atSample, toSample: region.toSample }),
    id: newId(),
    takeIds: [...region.takeIds],
    settings: { ...region.settings }
  }
  regions.splice(regions.indexOf(region) + 1, 0, second)
  Object.assign(region, partOf(region, { fromSample: region.fromSample, toSample: atSample }))
  return second.id
}

/** How far an edge may go: to the neighbours, and to what the chosen take covers. A shorter one is silent beyond. */
export function trimLimits(document: ProjectDocument, place: RegionPlace): Range {
  const { regions } = trackOf(document, place.trackId)
  const index = regions.findIndex(({ id }) => id === place.regionId)
  const take = takeOf(document, regionOf(document, place).takeId)
  return {
    fromSample: Math.max(regions[index - 1]?.toSample ?? 0, take.fromSample),
    toSample: Math.min(regions[index + 1]?.fromSample ?? Infinity, take.toSample)
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
  const isFitting = fadesFit(region)
  if (edges.fromSample !== undefined) {
    const latest = region.toSample - SHORTEST_REGION_SAMPLES
    region.fromSample = Math.round(Math.min(Math.max(edges.fromSample, limits.fromSample), latest))
  }
  if (edges.toSample !== undefined) {
    const earliest = region.fromSample + SHORTEST_REGION_SAMPLES
    region.toSample = Math.round(Math.max(Math.min(edges.toSample, limits.toSample), earliest))
  }
  if (isFitting) fitFades(region)
}

export function deleteRegion(draft: ProjectDocument, { trackId, regionId }: RegionPlace): void {
  const track = trackOf(draft, trackId)
  track.regions = track.regions.filter(({ id }) => id !== regionId)
}

/** The region stays as long as it is: going through takes and back changes nothing. A shorter take is silent beyond. */
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

/** What clean-up leaves: the takes that a region holds, and those that let one in where it is cross-faded. */
export function dropUnusedTakes(draft: ProjectDocument): void {
  const held = new Set(
    draft.tracks.flatMap((track) => [
      ...track.regions.flatMap(({ takeIds }) => takeIds),
      ...heardTakes(track, draft.takes).map(({ takeId }) => takeId)
    ])
  )
  draft.takes = Object.fromEntries(Object.entries(draft.takes).filter(([id]) => held.has(id)))
}

export function renameTake(draft: ProjectDocument, takeId: string, name: string): void {
  const trimmed = name.trim().slice(0, 120)
  if (trimmed !== '') takeOf(draft, takeId).name = trimmed
}

export type RegionChange = Partial<
  Pick<Region, 'gainDb' | 'pan' | 'fadeInSamples' | 'fadeOutSamples' | 'muted' | 'solo' | 'settings'>
>

/** A fade of a new length begins at the region's edge again. */
export function changeRegion(draft: ProjectDocument, place: RegionPlace, change: RegionChange): void {
  const region = regionOf(draft, place)
  Object.assign(region, change)
  if (change.fadeInSamples !== undefined) region.fadeInCutSamples = 0
  if (change.fadeOutSamples !== undefined) region.fadeOutCutSamples = 0
  if (change.fadeInSamples !== undefined || change.fadeOutSamples !== undefined) fitFades(region)
}

/** How long the fades are inside the region. */
const fadesInside = (region: Region): readonly [fadeIn: number, fadeOut: number] => [
  Math.max(0, region.fadeInSamples - region.fadeInCutSamples),
  Math.max(0, region.fadeOutSamples - region.fadeOutCutSamples)
]

/** Not where the region was cut inside of a fade, which goes on behind the other edge. */
function fadesFit(region: Region): boolean {
  const [fadeIn, fadeOut] = fadesInside(region)
  return fadeIn + fadeOut <= region.toSample - region.fromSample
}

/** Fades never overlap: each gets at most what the other leaves. */
function fitFades(region: Region): void {
  const length = region.toSample - region.fromSample
  const [wantedIn, wantedOut] = fadesInside(region)
  const fadeIn = Math.round(Math.min(wantedIn, length))
  const fadeOut = Math.round(Math.min(wantedOut, length - fadeIn))
  region.fadeInCutSamples = fadeIn > 0 ? region.fadeInCutSamples : 0
  region.fadeOutCutSamples = fadeOut > 0 ? region.fadeOutCutSamples : 0
  region.fadeInSamples = fadeIn + region.fadeInCutSamples
  region.fadeOutSamples = fadeOut + region.fadeOutCutSamples
}
