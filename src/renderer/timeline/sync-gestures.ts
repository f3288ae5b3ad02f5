/** Dragging sync points: sideways moves one in time, with Alt up and down changes its loudness. */
import type { SyncMark } from '@shared/project'
import { nearestOf } from '../edits/attacks'
import { addSyncMark, moveSyncMark, pinSyncMark, setSyncLoudness, TYPICAL_LOUDNESS_DB } from '../edits/sync-marks'
import type { Press } from './lane-gestures'
import { followPointer, type DragHandlers } from './pointer-drag'
import { framesText } from '../components/format'
import { frameSamples } from './ruler-ticks'
import { loudnessText } from './sync-look'
import type { Timeline } from './timeline-state.svelte'
import { lowerBound } from './visible'

/** Half the width of a point's button. */
const HIT_PX = 7.5
const DB_PER_PX = 0.5

export function selectSyncMark(timeline: Timeline, mark: SyncMark): void {
  timeline.project.select({ kind: 'sync', syncId: mark.id })
  timeline.transport.seek(mark.sample)
}

/** The point under the pointer; of two, the nearer. They may be drawn without elements of their own. */
export function syncMarkAt(timeline: Timeline, px: number): SyncMark | null {
  const { syncMarks } = timeline.project.document
  const first = lowerBound(syncMarks, timeline.sampleAt(px - HIT_PX), ({ sample }) => sample)
  let best: SyncMark | null = null
  for (const mark of syncMarks.slice(first)) {
    const distance = Math.abs(timeline.px(mark.sample) - px)
    if (distance > HIT_PX) break
    if (!best || distance < Math.abs(timeline.px(best.sample) - px)) best = mark
  }
  return best
}

/** Takes a press on a point. Without Alt it moves in time, with Alt its loudness changes. */
export function pressSyncMark(timeline: Timeline, { event, element, pxOf }: Press): boolean {
  const mark = syncMarkAt(timeline, pxOf(event.clientX))
  if (!mark) return false
  if (event.altKey) dragLoudness(timeline, mark, event, element)
  else dragInTime(timeline, mark, event, element)
  return true
}

function dragInTime(timeline: Timeline, mark: SyncMark, down: PointerEvent, element: Element): void {
  const { project } = timeline
  const gesture = project.newId()
  const candidates = timeline.candidates({ syncId: mark.id })
  const startPx = timeline.px(mark.sample)
  followPointer(down, element, {
    ...selecting(timeline, mark),
    move: ({ dx }) => {
      // Where it began it is what it was: not snapped, and a suggestion still.
      const sample = dx === 0 ? mark.sample : timeline.snap(timeline.sampleAt(startPx + dx), candidates, 'near')
      if (sample === mark.sample) project.abandon(gesture)
      else project.edit((draft) => moveSyncMark(draft, mark.id, sample), { label: 'Move sync point', gesture })
      timeline.say({ sample, text: placeText(timeline, sample) })
    },
    end: (kept) => end(timeline, gesture, kept)
  })
}

function dragLoudness(timeline: Timeline, mark: SyncMark, down: PointerEvent, element: Element): void {
  const { project } = timeline
  const gesture = project.newId()
  const start = mark.loudnessDb ?? TYPICAL_LOUDNESS_DB
  followPointer(down, element, {
    ...selecting(timeline, mark),
    move: ({ dy }) => {
      const loudnessDb = Math.min(0, Math.max(-60, Math.round((start - dy * DB_PER_PX) * 2) / 2))
      if (dy === 0) project.abandon(gesture)
      else project.edit((draft) => setSyncLoudness(draft, mark.id, loudnessDb), { label: 'Sync loudness', gesture })
      timeline.say({ sample: mark.sample, text: loudnessText(loudnessDb) })
    },
    end: (kept) => end(timeline, gesture, kept)
  })
}

const selecting = (timeline: Timeline, mark: SyncMark): Pick<DragHandlers, 'click' | 'start'> => ({
  click: () => selectSyncMark(timeline, mark),
  start: () => timeline.project.select({ kind: 'sync', syncId: mark.id })
})

function end(timeline: Timeline, gesture: string, kept: boolean): void {
  if (!kept) timeline.project.abandon(gesture)
  timeline.release()
}

function placeText(timeline: Timeline, sample: number): string {
  const { attacks, document } = timeline.project
  const nearest = nearestOf(attacks, sample)
  const frames = nearest === null ? null : (nearest - sample) / frameSamples(document.media)
  const isNear = frames !== null && Math.abs(frames) < 100
  return isNear ? `${timeline.timecode(sample)}  ${framesText(frames)}` : timeline.timecode(sample)
}

/** A double click: pins the suggestion that was hit, or puts a new point where there was none. */
export function addOrPin(timeline: Timeline, px: number): void {
  const { project } = timeline
  const hit = syncMarkAt(timeline, px)
  const sample = timeline.snap(timeline.sampleAt(px), timeline.candidates({}), 'near')
  timeline.release()
  const syncId = project.edit(
    (draft) => {
      if (!hit) return addSyncMark(draft, sample, project.newId)
      pinSyncMark(draft, hit.id)
      return hit.id
    },
    { label: hit ? 'Pin sync point' : 'Add sync point' }
  )
  project.select({ kind: 'sync', syncId })
}
