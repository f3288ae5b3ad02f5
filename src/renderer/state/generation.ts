/** From what is selected to what is asked of the model. Pure. */
import type { ContextSegment, GenerateJob } from '@shared/ipc'
import type { ProjectDocument, RegionSettings, Track } from '@shared/project'
import { SAMPLE_RATE } from '@shared/time'
import { SHORTEST_REGION_SAMPLES } from '../edits/regions'
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
  /** Whether it replaces sound that is there: then it is a regeneration. */
  readonly isRegeneration: boolean
}

/**
 * Where new sound goes: the selected region, or the marked range on the target track (with the settings of the region
 * around it), or the whole film. Null without a track.
 */
export function targetOf(document: ProjectDocument, selection: Selection, track: Track | null): Target | null {
  if (!track) return null
  const marked = markedRange(document)
  if (selection.kind === 'region') {
    const region = track.regions.find(({ id }) => id === selection.regionId)
    const isWithin = marked && region && marked.fromSample >= region.fromSample && marked.toSample <= region.toSample
    if (region && !isWithin) return { trackId: track.id, ...pick(region), isRegeneration: true }
  }
  const range = withoutSlivers(marked ?? { fromSample: 0, toSample: document.media.durationSamples }, track)
  const around = track.regions.find((each) => each.fromSample <= range.fromSample && each.toSample >= range.toSample)
  const touched = track.regions.some((each) => each.fromSample < range.toSample && each.toSample > range.fromSample)
  return { trackId: track.id, ...range, settings: around?.settings ?? document.settings, isRegeneration: touched }
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

const pick = ({ fromSample, toSample, settings }: Omit<Target, 'trackId' | 'isRegeneration'>) => ({
  fromSample,
  toSample,
  settings
})

/** Seeds of so many takes: the locked one and those after it, or fresh ones. */
export function seedsFor(settings: RegionSettings, takes: number, random: () => number): number[] {
  if (settings.seedLocked) return Array.from({ length: takes }, (_, index) => (settings.seed + index) >>> 0)
  return Array.from({ length: takes }, () => Math.floor(random() * 2 ** 32))
}

export interface JobNaming {
  readonly jobId: string
  readonly seeds: readonly number[]
  /** Takes that were asked for before and are not in the document yet. */
  readonly awaited?: number
}

/** Everything that the main process needs to draw takes for a target. */
export function generateJob(
  document: ProjectDocument,
  target: Target,
  { jobId, seeds, awaited = 0 }: JobNaming
): GenerateJob {
  const { fromSample, toSample, settings, trackId } = target
  const track = document.tracks.find(({ id }) => id === trackId)
  const [low, high] = [fromSample - CONTEXT_SAMPLES, toSample + CONTEXT_SAMPLES]
  const context = (track?.regions ?? [])
    .filter((region) => region.toSample > low && region.fromSample < high)
    // What lies wholly inside is drawn over; of a whole film that may be thousands.
    .filter((region) => region.fromSample < fromSample || region.toSample > toSample)
    .map((region): ContextSegment => ({
      takeId: region.takeId,
      fromSample: Math.max(region.fromSample, low, 0),
      toSample: Math.min(region.toSample, high)
    }))
  const points = settings.syncMode === 'off' ? [] : document.syncMarks
  return {
    jobId,
    fromSample,
    toSample,
    seeds,
    settings: { ...settings, seed: seeds[0]! },
    syncPoints: points
      .filter(({ sample }) => sample >= low && sample < high)
      .map(({ sample, loudnessDb }) => ({
        timeSec: sample / SAMPLE_RATE,
        ...(loudnessDb === null ? {} : { loudnessDb })
      })),
    context,
    firstNumber: Object.keys(document.takes).length + awaited + 1
  }
}
