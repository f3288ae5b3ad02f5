/** From what is selected to what is asked of the model. Pure. */
import { heardTakes } from '@shared/edges'
import type { ContextSegment, GenerateJob } from '@shared/ipc'
import type { ProjectDocument, Region, RegionSettings, Track } from '@shared/project'
import { expectedLevelDb } from '@shared/sync'
import { SAMPLE_RATE } from '@shared/time'
import { takeOf } from '../edits/find'
import { agreedOn, regionsIn, SHORTEST_REGION_SAMPLES } from '../edits/regions'
import { withoutRivals } from '../edits/sync-marks'
import { markedRange } from '../edits/tracks'
import type { Selection } from './project.svelte'

/** Sound before and after the drawn range that the model hears: its windows are ten seconds. */
const CONTEXT_SAMPLES = 4 * SAMPLE_RATE
/** A shorter range gives the model nothing to draw. */
export const SHORTEST_DRAWN_SAMPLES = SAMPLE_RATE / 10

export interface Target {
  readonly trackId: string
  readonly fromSample: number
  readonly toSample: number
  readonly settings: RegionSettings
  /** The regions that it draws over, whose settings these are; without any they are the project's own. */
  readonly regionIds: readonly string[]
  /** Whether it replaces sound that is there: then it is a regeneration. */
  readonly isRegeneration: boolean
  /** It is the region that was selected, and follows it when it is trimmed; otherwise a range stays where it is. */
  readonly isWholeRegion: boolean
}

/**
 * Where new sound goes: the selected region, or the marked range on the target track, or the whole film. Null without a
 * track.
 */
export function targetOf(document: ProjectDocument, selection: Selection, track: Track | null): Target | null {
  if (!track) return null
  const marked = markedRange(document)
  if (selection.kind === 'region') {
    const region = track.regions.find(({ id }) => id === selection.regionId)
    const isWithin = marked && region && marked.fromSample >= region.fromSample && marked.toSample <= region.toSample
    if (region && !isWithin) return { ...over(document, track, region), isWholeRegion: true }
  }
  return over(
    document,
    track,
    withoutSlivers(marked ?? { fromSample: 0, toSample: document.media.durationSamples }, track)
  )
}

function over(document: ProjectDocument, track: Track, { fromSample, toSample }: Range): Target {
  const touched = regionsIn(track, { fromSample, toSample })
  return {
    trackId: track.id,
    fromSample,
    toSample,
    settings: agreedSettings(touched, document.settings),
    regionIds: touched.map(({ id }) => id),
    isRegeneration: touched.length > 0,
    isWholeRegion: false
  }
}

/** What they are all set to; what they are not one about is as in the project. Of one region, its own object. */
function agreedSettings(regions: readonly Region[], otherwise: RegionSettings): RegionSettings {
  const [first, ...others] = regions.map(({ settings }) => settings)
  if (!first) return otherwise
  if (others.length === 0) return first
  const all = [first, ...others]
  const agreed = <Key extends keyof RegionSettings>(key: Key): RegionSettings[Key] =>
    agreedOn(
      all.map((each) => each[key]),
      otherwise[key]
    )
  const seed = agreed('seed')
  return {
    guidance: agreed('guidance'),
    steps: agreed('steps'),
    solver: agreed('solver'),
    material: agreed('material'),
    syncMode: agreed('syncMode'),
    seed,
    // Nobody locked a seed that is not theirs.
    seedLocked: agreed('seedLocked') && all.every((each) => each.seed === seed)
  }
}

/**
 * The same target in the document of now, where it may have waited for others: a region's range is what it has become,
 * and what was asked of the model stays. Null when what it was to draw over is gone, or its track.
 */
export function targetNow(document: ProjectDocument, asked: Target): Target | null {
  const track = document.tracks.find(({ id }) => id === asked.trackId)
  if (!track) return null
  const range = (asked.isWholeRegion && track.regions.find(({ id }) => id === asked.regionIds[0])) || asked
  const isDeleted = asked.isRegeneration && regionsIn(track, range).length === 0
  return isDeleted
    ? null
    : {
        ...over(document, track, withoutSlivers(range, track)),
        settings: asked.settings,
        isWholeRegion: asked.isWholeRegion
      }
}

/**
 * An edge that would leave less of a region than can stand by itself goes to the region's own: otherwise that sliver
 * would fall silent outside the range.
 */
function withoutSlivers(range: Range, { regions }: Track): Range {
  const isSliver = (samples: number): boolean => samples > 0 && samples < SHORTEST_REGION_SAMPLES
  const before = regions.find(({ fromSample }) => isSliver(range.fromSample - fromSample))
  const after = regions.find(({ toSample }) => isSliver(toSample - range.toSample))
  return { fromSample: before?.fromSample ?? range.fromSample, toSample: after?.toSample ?? range.toSample }
}
type Range = Pick<Target, 'fromSample' | 'toSample'>

/** Seeds of so many takes: the locked one and those after it, or fresh ones. */
export function seedsFor(settings: RegionSettings, takes: number, random: () => number): number[] {
  if (settings.seedLocked) return Array.from({ length: takes }, (_, index) => (settings.seed + index) >>> 0)
  return Array.from({ length: takes }, () => Math.floor(random() * 2 ** 32))
}

export interface JobNaming {
  readonly jobId: string
  readonly seeds: readonly number[]
}

/** Everything that the main process needs to draw takes for a target. */
export function generateJob(document: ProjectDocument, target: Target, { jobId, seeds }: JobNaming): GenerateJob {
  const { fromSample, toSample, settings, trackId } = target
  const track = document.tracks.find(({ id }) => id === trackId)
  const [low, high] = [fromSample - CONTEXT_SAMPLES, toSample + CONTEXT_SAMPLES]
  const context = (track ? heardTakes(track, document.takes) : [])
    .filter((part) => part.toSample > low && part.fromSample < high)
    // What lies wholly inside is drawn over; of a whole film that may be thousands.
    .filter((part) => part.fromSample < fromSample || part.toSample > toSample)
    .map((part): ContextSegment => ({
      takeId: part.takeId,
      takeFromSample: takeOf(document, part.takeId).fromSample,
      fromSample: Math.max(part.fromSample, low, 0),
      toSample: Math.min(part.toSample, high)
    }))
  const points = settings.syncMode === 'off' ? [] : withoutRivals(document.syncMarks)
  return {
    jobId,
    fromSample,
    toSample,
    seeds,
    settings: { ...settings, seed: seeds[0]! },
    syncPoints: points
      .filter(({ sample }) => sample >= low && sample < high)
      .map((mark) => {
        const loudnessDb = mark.kind === 'suggested' ? expectedLevelDb(mark) : mark.loudnessDb
        return { timeSec: mark.sample / SAMPLE_RATE, ...(loudnessDb === null ? {} : { loudnessDb }) }
      }),
    pictureOffsetSamples: document.pictureOffsetSamples,
    context,
    firstNumber: nextNumber(document)
  }
}

/** Behind every take that is there, also where a clean-up removed some. */
function nextNumber({ takes }: ProjectDocument): number {
  const all = Object.values(takes)
  const numbers = all.map(({ name }) => Number(/^Take (\d+)$/.exec(name)?.[1] ?? 0))
  return numbers.reduce((highest, number) => Math.max(highest, number), all.length) + 1
}
