/** What each command does. Keys, menus and buttons all run these. */
import type { CommandId } from '@shared/commands'
import { frameToSample, SAMPLE_RATE, sampleToFrame } from '@shared/time'
import { syncMarkOf } from '../edits/find'
import { deleteRegion } from '../edits/regions'
import { addSyncMark, clearSyncMarks, moveSyncMark, pinAll, removeSyncMark } from '../edits/sync-marks'
import { changeChannel, markedRange, markIn, markOut, markRange } from '../edits/tracks'
import { toPx } from '../timeline/viewport'
import { addTrack } from './track-actions'
import { regionCommands, type GestureOf } from './region-commands'
import type { Session, Studio } from './studio.svelte'

const ZOOM_STEP = 1.5
/** Nudges that follow each other this quickly are one step of the history: the key was held. */
const SAME_GESTURE_MS = 400

type Run = () => void
type Commands = Record<CommandId, Run>
type OfGroup<Prefix extends string> = Pick<Commands, Extract<CommandId, `${Prefix}.${string}`>>
/** Makes a command of what needs an open project; without one it does nothing. */
type InSession = (run: (session: Session) => void) => Run

export function createCommands(studio: Studio): Commands {
  const inSession: InSession = (run) => () => {
    if (studio.session && !studio.isOpening) run(studio.session)
  }
  const gestureOf = gestures()
  return {
    ...fileCommands(studio, inSession),
    ...editCommands(studio, inSession),
    ...playCommands(inSession),
    ...markCommands(inSession),
    ...regionCommands(inSession, gestureOf),
    ...syncCommands(studio, inSession, gestureOf),
    'generate.run': () => void studio.generate(1),
    'generate.takes': () => void studio.generate(3),
    ...viewCommands(studio, inSession),
    'help.keys': () => (studio.dialog = 'keys'),
    'help.about': () => (studio.dialog = 'about')
  }
}

const fileCommands = (studio: Studio, inSession: InSession): OfGroup<'file'> => ({
  'file.open': () => void studio.open(),
  'file.save': () => void studio.save(),
  'file.save-as': () => void studio.save(true),
  'file.export': inSession(() => (studio.dialog = 'export')),
  'file.save-wav': inSession((session) => saveWav(studio, session)),
  'file.close': inSession(() => void studio.close()),
  'file.settings': () => (studio.dialog = 'settings')
})

function editCommands(studio: Studio, inSession: InSession): Omit<OfGroup<'edit'>, 'edit.split'> {
  // What is dragged is not taken away under the hand.
  const atRest: InSession = (run) =>
    inSession((session) => {
      if (!studio.dragging.isOn) run(session)
    })
  return {
    'edit.undo': atRest(({ project }) => void project.undo()),
    'edit.redo': atRest(({ project }) => void project.redo()),
    'edit.delete': atRest(deleteSelection),
    'edit.add-track': inSession(({ project }) => addTrack(project, studio.notices)),
    'edit.deselect': () => {
      const { running } = studio.jobs
      // A film's preview is not given up by a key that mostly means something else.
      if (running && running.kind !== 'proxy') studio.jobs.cancel(running.jobId)
      else studio.session?.project.select({ kind: 'none' })
    },
    'edit.mute': inSession((session) => toggleChannel(session, 'muted')),
    'edit.solo': inSession((session) => toggleChannel(session, 'solo'))
  }
}

const playCommands = (inSession: InSession): OfGroup<'play'> => {
  const step = (frames: number): Run => inSession(({ transport }) => transport.stepFrames(frames))
  return {
    'play.toggle': inSession(({ transport }) => transport.toggle()),
    'play.reverse': inSession(({ transport }) => transport.shuttle(-1)),
    'play.stop': inSession(({ transport }) => transport.pause()),
    'play.forward': inSession(({ transport }) => transport.shuttle(1)),
    'play.previous-frame': step(-1),
    'play.next-frame': step(1),
    'play.back-five': step(-5),
    'play.forward-five': step(5),
    'play.start': inSession((session) => goTo(session, 0)),
    'play.end': inSession((session) => goTo(session, session.project.document.media.durationSamples - 1)),
    'play.loop': inSession(({ project }) =>
      project.edit((draft) => void (draft.range.loop = !draft.range.loop), { label: 'Loop' })
    )
  }
}

const markCommands = (inSession: InSession): OfGroup<'mark'> => ({
  'mark.in': inSession(({ project, transport }) => {
    const { rate } = project.document.media
    const start = frameToSample(sampleToFrame(transport.position, rate), rate)
    project.edit((draft) => markIn(draft, start), { label: 'Mark in' })
    project.turnToMark()
  }),
  // The frame that shows belongs to the range, as in every editing system.
  'mark.out': inSession(({ project, transport }) => {
    const { rate, durationSamples } = project.document.media
    const end = Math.min(durationSamples, frameToSample(sampleToFrame(transport.position, rate) + 1, rate))
    project.edit((draft) => markOut(draft, end), { label: 'Mark out' })
    project.turnToMark()
  }),
  'mark.clear': inSession(({ project }) =>
    project.edit((draft) => markRange(draft, null, null), { label: 'Clear in and out' })
  ),
  'mark.region': inSession(({ project }) => {
    const selected = project.selectedRegion
    if (!selected) return
    const { fromSample, toSample } = selected.region
    project.edit((draft) => markRange(draft, fromSample, toSample), { label: 'Mark region' })
  })
})

function syncCommands(studio: Studio, inSession: InSession, gestureOf: GestureOf): OfGroup<'sync'> {
  return {
    'sync.add': inSession(({ project, transport }) => {
      const syncId = project.edit((draft) => addSyncMark(draft, transport.position, project.newId), {
        label: 'Add sync point'
      })
      project.select({ kind: 'sync', syncId })
    }),
    'sync.pin-all': inSession(({ project }) => {
      const { fromSample, toSample } = markedRange(project.document) ?? { fromSample: 0, toSample: Infinity }
      project.edit((draft) => pinAll(draft, fromSample, toSample), { label: 'Pin sync points' })
    }),
    'sync.nudge-left': inSession((session) => nudgePoint(session, -1, gestureOf)),
    'sync.nudge-right': inSession((session) => nudgePoint(session, 1, gestureOf)),
    'sync.previous': inSession((session) => toSyncMark(session, -1)),
    'sync.next': inSession((session) => toSyncMark(session, 1)),
    'sync.suggest': () => void studio.suggest(),
    'sync.clear': inSession(({ project }) => {
      const range = markedRange(project.document)
      project.edit((draft) => clearSyncMarks(draft, range?.fromSample, range?.toSample), { label: 'Clear sync points' })
    }),
    'sync.table': inSession(() => (studio.dialog = 'points'))
  }
}

const viewCommands = (studio: Studio, inSession: InSession): OfGroup<'view'> => ({
  'view.zoom-in': inSession((session) => zoomAtPlayhead(session, ZOOM_STEP)),
  'view.zoom-out': inSession((session) => zoomAtPlayhead(session, 1 / ZOOM_STEP)),
  'view.fit': inSession(({ view }) => view.fit()),
  'view.snap': () => void studio.setSettings({ snap: !studio.settings.snap }),
  'view.follow': () => void studio.setSettings({ follow: !studio.settings.follow })
})

/** Of the selected region, or of the track that new sound goes to. */
function saveWav(studio: Studio, { project }: Session): void {
  const { document, targetTrack: track, selectedRegion } = project
  if (!track || track.regions.length === 0) {
    const message = 'There is no sound on this track yet.'
    studio.notices.add({ tone: 'warning', message, action: 'Generate some, or select another track.' })
    return
  }
  void studio.exports.saveWav({ document, trackId: track.id, regionId: selectedRegion?.region.id ?? null })
}

function deleteSelection({ project }: Session): void {
  const { selection } = project
  if (selection.kind === 'region') project.edit((draft) => deleteRegion(draft, selection), { label: 'Delete region' })
  if (selection.kind !== 'sync') return
  project.edit((draft) => removeSyncMark(draft, selection.syncId), { label: 'Delete sync point' })
}

function toggleChannel({ project }: Session, key: 'muted' | 'solo'): void {
  const track = project.targetTrack
  if (!track) return
  const labels = { muted: track.muted ? 'Unmute track' : 'Mute track', solo: track.solo ? 'End solo' : 'Solo track' }
  project.edit((draft) => changeChannel(draft, track.id, { [key]: !track[key] }), { label: labels[key] })
}

function goTo({ transport, view }: Session, sample: number): void {
  transport.seek(sample)
  view.reveal(sample)
}

/** Nudges of the same thing that follow each other quickly are one gesture. */
function gestures(): GestureOf {
  let last = { of: '', atMs: -Infinity, gesture: '' }
  return (of) => {
    const atMs = performance.now()
    const isSame = last.of === of && atMs - last.atMs < SAME_GESTURE_MS
    last = { of, atMs, gesture: isSame ? last.gesture : crypto.randomUUID() }
    return last.gesture
  }
}

function nudgePoint({ project, transport }: Session, frames: number, gestureOf: GestureOf): void {
  const { selection } = project
  if (selection.kind !== 'sync') return
  const { syncId } = selection
  const mark = project.document.syncMarks.find(({ id }) => id === syncId)
  if (!mark) return
  const { num, den } = project.document.media.rate
  const sample = mark.sample + (frames * SAMPLE_RATE * den) / num
  const gesture = gestureOf(syncId)
  project.edit((draft) => moveSyncMark(draft, syncId, sample), { label: 'Nudge sync point', gesture })
  // The picture shows the frame that the point has come to.
  if (!transport.isPlaying) transport.seek(syncMarkOf(project.document, syncId).sample)
}

function toSyncMark(session: Session, direction: 1 | -1): void {
  const { project, transport } = session
  const { syncMarks, media } = project.document
  const { selection } = project
  // From the selected point while the playhead still stands on its frame, else two points in one frame would trap it.
  const selected = selection.kind === 'sync' ? syncMarks.findIndex(({ id }) => id === selection.syncId) : -1
  const frame = sampleToFrame(transport.position, media.rate)
  const chosen = syncMarks[selected]
  const isThere = chosen !== undefined && sampleToFrame(chosen.sample, media.rate) === frame
  const beyond = (sample: number): boolean => (sampleToFrame(sample, media.rate) - frame) * direction > 0
  const next = isThere
    ? syncMarks[selected + direction]
    : direction > 0
      ? syncMarks.find(({ sample }) => beyond(sample))
      : syncMarks.findLast(({ sample }) => beyond(sample))
  if (!next) return
  project.select({ kind: 'sync', syncId: next.id })
  goTo(session, next.sample)
}

/** The playhead stays where it is on the screen; out of sight, the middle does. */
function zoomAtPlayhead({ view, transport }: Session, factor: number): void {
  const { widthPx } = view.port
  const at = toPx(view.port, transport.position)
  view.zoom(factor, at >= 0 && at <= widthPx ? at : widthPx / 2)
}
