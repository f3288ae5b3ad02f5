/**
 * Edits of what a take plays, hit by hit. A take never changes: a hit is asked for elsewhere by a sync point, for the next
 * take to follow, and silenced by muting the part of its region that it sounds in.
 */
import type { ProjectDocument } from '@shared/project'
import { SAMPLE_RATE } from '@shared/time'
import type { HeardAttack } from './attacks'
import { takeOf, regionOf, trackOf, type RegionPlace } from './find'
import { changeRegion, SHORTEST_REGION_SAMPLES, splitRegion, type NewId } from './regions'
import { addSyncMark, moveSyncMark, NEAR_SAMPLES } from './sync-marks'
import { markRange } from './tracks'

/** The detector may be this late, and the first swing of a hit is its loudest. */
const BEFORE_HIT_SAMPLES = SAMPLE_RATE / 100
/** Where no other hit ends it sooner: most have died away by then. */
const LONGEST_HIT_SAMPLES = SAMPLE_RATE / 2
/** Sound on either side of a hit that is silenced stops and starts within this. */
const EDGE_FADE_SAMPLES = SAMPLE_RATE / 200
/** Drawn anew on either side of a hit that is to move. */
const AROUND_SAMPLES = SAMPLE_RATE / 4

/** A hit that is asked for elsewhere. */
export interface HitMove {
  readonly onset: HeardAttack
  readonly toSample: number
}

/** A pinned point exactly at `toSample`: the one that the hit at `fromSample` belongs to, or a new one. Returns its id. */
export function askForHit(draft: ProjectDocument, fromSample: number, toSample: number, newId: NewId): string {
  const near = draft.syncMarks
    .filter(({ sample }) => Math.abs(sample - fromSample) < NEAR_SAMPLES)
    .sort((a, b) => Math.abs(a.sample - fromSample) - Math.abs(b.sample - fromSample))[0]
  const id = near?.id ?? addSyncMark(draft, toSample, newId)
  moveSyncMark(draft, id, toSample)
  return id
}

/** Marks what has to be drawn anew so that a hit moves, and lets its region listen to sync points if it did not. */
export function prepareMove(draft: ProjectDocument, place: RegionPlace, fromSample: number, toSample: number): void {
  const region = regionOf(draft, place)
  const [first, last] = [Math.min(fromSample, toSample), Math.max(fromSample, toSample)]
  const inside = (sample: number): number => Math.min(region.toSample, Math.max(region.fromSample, sample))
  markRange(draft, inside(first - AROUND_SAMPLES), inside(last + LONGEST_HIT_SAMPLES))
  if (region.settings.syncMode === 'off') {
    changeRegion(draft, place, { settings: { ...region.settings, syncMode: 'hints' } })
  }
}

/** Mutes the part of a region from just before a hit to the next one. It stays on the timeline, to be heard again. */
export function silenceHit(draft: ProjectDocument, place: RegionPlace, sample: number, newId: NewId): void {
  const { fromSample, toSample, takeId } = regionOf(draft, place)
  const next = takeOf(draft, takeId).attacks.find((attack) => attack.sample > sample)?.sample ?? Infinity
  const from = Math.max(fromSample, sample - BEFORE_HIT_SAMPLES)
  const to = Math.max(from + SHORTEST_REGION_SAMPLES, Math.min(next - BEFORE_HIT_SAMPLES, sample + LONGEST_HIT_SAMPLES))
  // What is too short to stand by itself goes with the hit.
  const isAfter = from - fromSample >= SHORTEST_REGION_SAMPLES
  const hitId = isAfter ? splitRegion(draft, place, from, newId) : place.regionId
  if (hitId === null) return
  const hit = { trackId: place.trackId, regionId: hitId }
  if (toSample - to >= SHORTEST_REGION_SAMPLES) splitRegion(draft, hit, to, newId)
  changeRegion(draft, hit, { muted: true })
  const { regions } = trackOf(draft, place.trackId)
  const index = regions.findIndex(({ id }) => id === hitId)
  const [before, after] = [regions[index - 1], regions[index + 1]]
  if (before?.toSample === regions[index]?.fromSample) softenEdge(draft, place.trackId, before?.id, 'fadeOutSamples')
  if (after?.fromSample === regions[index]?.toSample) softenEdge(draft, place.trackId, after?.id, 'fadeInSamples')
}

function softenEdge(
  draft: ProjectDocument,
  trackId: string,
  regionId: string | undefined,
  fade: 'fadeInSamples' | 'fadeOutSamples'
): void {
  if (regionId === undefined) return
  const place = { trackId, regionId }
  const region = regionOf(draft, place)
  const cut = fade === 'fadeInSamples' ? region.fadeInCutSamples : region.fadeOutCutSamples
  const longer = Math.max(EDGE_FADE_SAMPLES, region[fade] - cut)
  changeRegion(draft, place, fade === 'fadeInSamples' ? { fadeInSamples: longer } : { fadeOutSamples: longer })
}
