/** Where a dragged edge or point jumps to. Pure: samples in, samples out; the tolerance comes in samples too. */
import type { ProjectDocument } from '@shared/project'
import { frameToSample, sampleToFrame, type Rational } from '@shared/time'
import { nearestOf } from '../edits/attacks'

export const SNAP_PX = 8

/** Each list in time order. */
export interface SnapCandidates {
  readonly lists: readonly (readonly number[])[]
  readonly rate: Rational
  readonly durationSamples: number
}

export interface SnapOptions {
  readonly toleranceSamples: number
  /** `near`: a frame boundary counts only within the tolerance. `always`: there is always one to fall back on. */
  readonly frames: 'near' | 'always'
}

export interface Snapped {
  readonly sample: number
  /** Whether something was met: a line shows it. Plain frame boundaries are too many to be worth one. */
  readonly met: 'mark' | 'frame' | 'nothing'
}

/** What means something wins over a frame boundary, however near that is; of two, the nearer. */
export function snap(sample: number, candidates: SnapCandidates, { toleranceSamples, frames }: SnapOptions): Snapped {
  let best: number | null = null
  for (const list of candidates.lists) {
    const near = nearestOf(list, sample)
    if (near === null || Math.abs(near - sample) > toleranceSamples) continue
    if (best === null || Math.abs(near - sample) < Math.abs(best - sample)) best = near
  }
  if (best !== null) return { sample: best, met: 'mark' }
  const boundary = nearestFrame(sample, candidates)
  const isNear = Math.abs(boundary - sample) <= toleranceSamples
  return frames === 'always' || isNear ? { sample: boundary, met: 'frame' } : { sample, met: 'nothing' }
}

/** First sample of the frame that begins nearest to `sample`, within the film. */
export function nearestFrame(sample: number, { rate, durationSamples }: Omit<SnapCandidates, 'lists'>): number {
  const inside = Math.min(durationSamples, Math.max(0, sample))
  const frame = sampleToFrame(inside, rate)
  const [before, after] = [frameToSample(frame, rate), frameToSample(frame + 1, rate)]
  return inside - before <= after - inside || after > durationSamples ? before : after
}

/** Ids of what is being dragged: nothing snaps to itself. */
export interface Dragged {
  readonly syncId?: string
  readonly regionId?: string
  readonly range?: boolean
}

/** Everything an editor may want to meet: sync points, attacks, the playhead, edges of regions, in and out. */
export function snapCandidates(
  document: ProjectDocument,
  { attacks, playhead }: { readonly attacks: readonly number[]; readonly playhead: number },
  dragged: Dragged = {}
): SnapCandidates {
  const { media, range } = document
  const marks = document.syncMarks.filter(({ id }) => id !== dragged.syncId).map(({ sample }) => sample)
  const edges = document.tracks
    .flatMap(({ regions }) => regions.filter(({ id }) => id !== dragged.regionId))
    .flatMap(({ fromSample, toSample }) => [fromSample, toSample])
  const ends = dragged.range ? [] : [range.inSample, range.outSample].filter((each) => each !== null)
  const single = [0, media.durationSamples, playhead, ...ends]
  const inOrder = (samples: number[]): number[] => samples.sort((a, b) => a - b)
  return {
    lists: [marks, attacks, inOrder(edges), inOrder(single)],
    rate: media.rate,
    durationSamples: media.durationSamples
  }
}
