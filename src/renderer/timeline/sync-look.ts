/** How sync points and attacks look: what is right is green, what is off is red, and what cannot be judged is neither. Pure. */
import { isAudible, soundingRegions } from '@shared/audible'
import type { ProjectDocument, SyncMark } from '@shared/project'
import { nearestOf, type SyncDistance } from '../edits/attacks'
import { TYPICAL_LOUDNESS_DB } from '../edits/sync-marks'
import { framesText } from '../components/format'
import { frameSamples } from './ruler-ticks'
import { touching } from './visible'

export type Tone = 'ok' | 'off' | 'none'

/** Of the loudest, from the lane's floor to the middle of the diamond. */
export const STEM_PX = 30
const QUIETEST_DB = -60

export interface MarkLook {
  readonly tone: Tone
  /** 0..1 of the lane's height: a suggestion's probability, a pinned point's loudness. */
  readonly height: number
  readonly opacity: number
  readonly label: string
}

/** `isCovered`: generated sound plays there, so that a missing attack is a fault. */
export function markLook({ mark, frames }: SyncDistance, isCovered: boolean): MarkLook {
  const isSuggested = mark.kind === 'suggested'
  const strength = isSuggested ? mark.probability : 1 + (mark.loudnessDb ?? TYPICAL_LOUDNESS_DB) / -QUIETEST_DB
  return {
    tone: markTone(frames, isCovered),
    height: 0.35 + 0.65 * Math.min(1, Math.max(0, strength)),
    opacity: isSuggested ? 0.45 + 0.55 * mark.probability : 1,
    label: `${markText(mark)}, ${distanceText(frames, isCovered)}`
  }
}

export function markTone(frames: number | null, isCovered: boolean): Tone {
  if (frames !== null && Math.abs(frames) <= 1) return 'ok'
  return isCovered ? 'off' : 'none'
}

function markText(mark: SyncMark): string {
  if (mark.kind === 'suggested') return `Suggested, probability ${Math.round(mark.probability * 100)} %`
  return mark.loudnessDb === null ? 'Pinned, loudness by the model' : `Pinned, ${loudnessText(mark.loudnessDb)}`
}

export const loudnessText = (loudnessDb: number): string => `${loudnessDb.toFixed(1).replace('-', '−')} dB`

function distanceText(frames: number | null, isCovered: boolean): string {
  if (frames !== null) return `attack at ${framesText(frames)}`
  return isCovered ? 'no attack near' : 'no sound yet'
}

/** The stretches where generated sound is heard. Judged per track: overlaps do not matter. */
export function coverage(document: ProjectDocument): (sample: number) => boolean {
  const heard = document.tracks.filter((track) => isAudible(document, track)).map(soundingRegions)
  return (sample) => heard.some((regions) => touching(regions, sample, sample).length > 0)
}

/** What attacks are judged by. */
export interface Judgement {
  readonly markSamples: readonly number[]
  readonly missed: ReadonlySet<number>
  readonly frameSamples: number
}

export function judgementOf(
  document: ProjectDocument,
  distances: readonly SyncDistance[],
  attacks: readonly number[]
): Judgement {
  return {
    markSamples: document.syncMarks.map(({ sample }) => sample),
    missed: missedAttacks(distances, attacks, coverage(document)),
    frameSamples: frameSamples(document.media)
  }
}

/**
 * Tone of a track's attack. Green: a sync point is within one frame. Red: a point that missed refers to it as its
 * nearest. Everything else is a sound that nobody asked to be anywhere.
 */
export function attackTone(attack: number, judgement: Judgement): Tone {
  const nearest = nearestOf(judgement.markSamples, attack)
  if (nearest !== null && Math.abs(nearest - attack) <= judgement.frameSamples) return 'ok'
  return judgement.missed.has(attack) ? 'off' : 'none'
}

/** Attacks that a red sync point takes for its own. */
function missedAttacks(
  distances: readonly SyncDistance[],
  attacks: readonly number[],
  isCovered: (sample: number) => boolean
): ReadonlySet<number> {
  const missed = distances
    .filter(({ frames, mark }) => frames !== null && markTone(frames, isCovered(mark.sample)) === 'off')
    .map(({ mark }) => nearestOf(attacks, mark.sample))
  return new Set(missed.filter((sample) => sample !== null))
}
