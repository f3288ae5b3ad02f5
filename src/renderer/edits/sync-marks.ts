/** Edits of the lane of sync points, in time order at all times. */
import { MOST_PICTURE_OFFSET_SAMPLES, type ProjectDocument, type SyncMark } from '@shared/project'
import type { SuggestedSync } from '@shared/requests'
import type { Seen } from '@shared/sound-offset'
import { withPictureOffset } from '@shared/sync'
import { SAMPLE_RATE, secondsToSamples } from '@shared/time'
import { syncMarkOf } from './find'
import type { NewId } from './regions'

/** Two points closer than this are one: the encoder's own rule (training/encoder.py, `pick_peaks`). */
export const NEAR_SAMPLES = 2400

/** What a point starts from when its loudness is taken from the model's hands, in dBFS. */
export const TYPICAL_LOUDNESS_DB = -12

const inOrder = (marks: readonly SyncMark[]): SyncMark[] => [...marks].sort((a, b) => a.sample - b.sample)

/** Without the suggestions that lie beside one of the editor's points: they would ask for the same hit twice. */
export function withoutRivals(marks: readonly SyncMark[]): SyncMark[] {
  const pinned = marks.filter(({ kind }) => kind === 'pinned')
  const isRival = ({ kind, sample }: SyncMark): boolean =>
    kind === 'suggested' && pinned.some((other) => Math.abs(other.sample - sample) < NEAR_SAMPLES)
  return marks.filter((mark) => !isRival(mark))
}

/** Replaces the suggestions, keeps the editor's points, and leaves out what lies beside one of those. */
export function setSuggestions(draft: ProjectDocument, suggestions: readonly SuggestedSync[], newId: NewId): void {
  const pinned = draft.syncMarks.filter(({ kind }) => kind === 'pinned')
  const { media, pictureOffsetSamples } = draft
  const [offsetSec, durationSec] = [pictureOffsetSamples / SAMPLE_RATE, media.durationSamples / SAMPLE_RATE]
  const fresh = withPictureOffset(suggestions, offsetSec, durationSec).map(
    ({ timeSec, probability, loudnessDb }): SyncMark => ({
      kind: 'suggested',
      id: newId(),
      sample: Math.min(secondsToSamples(timeSec), media.durationSamples - 1),
      probability,
      loudnessDb: Math.min(0, Math.max(-60, loudnessDb))
    })
  )
  draft.syncMarks = inOrder(withoutRivals([...pinned, ...fresh]))
}

/** Pins the suggestion at that place, or puts a new point there. Returns the id of what is there now. */
export function addSyncMark(draft: ProjectDocument, sample: number, newId: NewId): string {
  const near = draft.syncMarks.filter((mark) => Math.abs(mark.sample - sample) < NEAR_SAMPLES)
  const nearest = near.sort((a, b) => Math.abs(a.sample - sample) - Math.abs(b.sample - sample))[0]
  if (nearest) {
    pinSyncMark(draft, nearest.id)
    return nearest.id
  }
  const id = newId()
  draft.syncMarks = inOrder([...draft.syncMarks, { kind: 'pinned', id, sample, loudnessDb: null }])
  return id
}

/** A suggestion becomes the editor's, with the loudness that the picture suggested. */
export function pinSyncMark(draft: ProjectDocument, id: string): void {
  const { kind, sample, loudnessDb } = syncMarkOf(draft, id)
  if (kind === 'pinned') return
  draft.syncMarks = draft.syncMarks.map((mark) => (mark.id === id ? { kind: 'pinned', id, sample, loudnessDb } : mark))
}

export function pinAll(draft: ProjectDocument, fromSample: number, toSample: number): void {
  for (const { id, sample } of [...draft.syncMarks]) {
    if (sample >= fromSample && sample < toSample) pinSyncMark(draft, id)
  }
}

/** Moving a suggestion makes it the editor's. */
export function moveSyncMark(draft: ProjectDocument, id: string, sample: number): void {
  pinSyncMark(draft, id)
  const mark = syncMarkOf(draft, id)
  mark.sample = Math.round(Math.min(Math.max(0, sample), draft.media.durationSamples - 1))
  draft.syncMarks = inOrder(draft.syncMarks)
}

export function setSyncLoudness(draft: ProjectDocument, id: string, loudnessDb: number | null): void {
  pinSyncMark(draft, id)
  const mark = syncMarkOf(draft, id)
  if (mark.kind === 'pinned') mark.loudnessDb = loudnessDb === null ? null : Math.min(0, Math.max(-60, loudnessDb))
}

export function removeSyncMark(draft: ProjectDocument, id: string): void {
  draft.syncMarks = draft.syncMarks.filter((mark) => mark.id !== id)
}

/** Clears a range, or everything. */
export function clearSyncMarks(draft: ProjectDocument, fromSample = 0, toSample = Infinity): void {
  const left = draft.syncMarks.filter(({ sample }) => sample < fromSample || sample >= toSample)
  if (left.length < draft.syncMarks.length) draft.syncMarks = left
}

/** The suggestions that are left, where the picture shows them: without the picture offset. */
export function suggestedAsSeen({ syncMarks, pictureOffsetSamples }: ProjectDocument): Seen[] {
  return syncMarks.flatMap((mark) =>
    mark.kind === 'suggested'
      ? [{ timeSec: (mark.sample - pictureOffsetSamples) / SAMPLE_RATE, probability: mark.probability }]
      : []
  )
}

/** Suggestions move along, those that would leave the film go; the editor's points stay where they were put. */
export function setPictureOffset(draft: ProjectDocument, samples: number): void {
  const most = MOST_PICTURE_OFFSET_SAMPLES
  const offset = Math.round(Math.min(most, Math.max(-most, samples)))
  const change = offset - draft.pictureOffsetSamples
  if (change === 0) return
  draft.pictureOffsetSamples = offset
  const moved = draft.syncMarks.map((mark): SyncMark =>
    mark.kind === 'suggested' ? { ...mark, sample: mark.sample + change } : mark
  )
  draft.syncMarks = inOrder(moved.filter(({ sample }) => sample >= 0 && sample < draft.media.durationSamples))
}
