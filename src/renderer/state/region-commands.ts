/** What keys and menus do to a region and its takes: trims and fades at the playhead, nudges, mute and solo, comparing. */
import type { CommandId } from '@shared/commands'
import type { Region } from '@shared/project'
import { frameToSample, sampleToFrame } from '@shared/time'
import type { RegionPlace } from '../edits/find'
import {
  changeRegion,
  chooseTake,
  SHORTEST_REGION_SAMPLES,
  splitRegion,
  trimRegion,
  type RegionChange
} from '../edits/regions'
import type { Session } from './studio.svelte'

type RegionCommand = Extract<CommandId, `region.${string}` | `take.${string}` | 'edit.split'>
type Edge = 'fromSample' | 'toSample'
/** Gives the same id to what comes again soon after: the key was held, and it is one step of the history. */
export type GestureOf = (of: string) => string

export const regionCommands = (
  inSession: (run: (session: Session) => void) => () => void,
  gestureOf: GestureOf
): Record<RegionCommand, () => void> => ({
  'region.previous': inSession((session) => selectNeighbour(session, -1)),
  'region.next': inSession((session) => selectNeighbour(session, 1)),
  'edit.split': inSession(splitAtPlayhead),
  'region.trim-start': inSession((session) => trimToPlayhead(session, 'fromSample')),
  'region.trim-end': inSession((session) => trimToPlayhead(session, 'toSample')),
  'region.start-earlier': inSession((session) => nudgeEdge(session, 'fromSample', -1, gestureOf)),
  'region.start-later': inSession((session) => nudgeEdge(session, 'fromSample', 1, gestureOf)),
  'region.end-earlier': inSession((session) => nudgeEdge(session, 'toSample', -1, gestureOf)),
  'region.end-later': inSession((session) => nudgeEdge(session, 'toSample', 1, gestureOf)),
  'region.fade-in': inSession((session) =>
    fadeAtPlayhead(session, 'Fade in', (region, at) => ({ fadeInSamples: at - region.fromSample }))
  ),
  'region.fade-out': inSession((session) =>
    fadeAtPlayhead(session, 'Fade out', (region, at) => ({ fadeOutSamples: region.toSample - at }))
  ),
  'region.mute': inSession((session) =>
    changeActive(session, ({ muted }) => [{ muted: !muted }, muted ? 'Unmute region' : 'Mute region'])
  ),
  'region.solo': inSession((session) =>
    changeActive(session, ({ solo }) => [{ solo: !solo }, solo ? 'End solo' : 'Solo region'])
  ),
  'take.next': inSession((session) => chooseNeighbour(session, 1)),
  'take.previous': inSession((session) => chooseNeighbour(session, -1)),
  'take.compare': inSession((session) => {
    const active = activeRegion(session)
    if (!active) return
    session.project.select({ kind: 'region', ...active.place })
    session.listening.toggle(active.place, active.region)
  })
})

interface Active {
  readonly place: RegionPlace
  readonly region: Region
}

/** The selected region, or the one under the playhead on the target track. */
function activeRegion({ project, transport }: Session): Active | null {
  const at = transport.position
  const track = project.targetTrack
  const region =
    project.selectedRegion?.region ??
    track?.regions.find(({ fromSample, toSample }) => fromSample <= at && at < toSample)
  return track && region ? { place: { trackId: track.id, regionId: region.id }, region } : null
}

/** Of the selected region; with none selected, the one under the playhead or the next from there. The playhead comes along. */
function selectNeighbour({ project, transport, view }: Session, step: 1 | -1): void {
  const track = project.targetTrack
  if (!track) return
  const { regions } = track
  const at = transport.position
  const selected = project.selectedRegion?.region
  const next = selected
    ? regions[regions.indexOf(selected) + step]
    : step > 0
      ? regions.find(({ toSample }) => toSample > at)
      : regions.findLast(({ fromSample }) => fromSample <= at)
  if (!next) return
  project.select({ kind: 'region', trackId: track.id, regionId: next.id })
  if (next.fromSample <= at && at < next.toSample) return
  transport.seek(next.fromSample)
  view.reveal(next.fromSample)
}

function splitAtPlayhead(session: Session): void {
  const { project, transport } = session
  const active = activeRegion(session)
  const at = transport.position
  if (!active || at <= active.region.fromSample || at >= active.region.toSample) return
  const { place } = active
  const regionId = project.edit((draft) => splitRegion(draft, place, at, project.newId), { label: 'Split region' })
  if (regionId !== null) project.select({ kind: 'region', trackId: place.trackId, regionId })
}

/** Outwards too, as far as its takes reach. Beyond its other edge the playhead asks for nothing. */
function trimToPlayhead(session: Session, edge: Edge): void {
  const active = activeRegion(session)
  if (!active) return
  const { fromSample, toSample } = active.region
  const at = session.transport.position
  const left = edge === 'fromSample' ? toSample - at : at - fromSample
  if (left < SHORTEST_REGION_SAMPLES) return
  const { project } = session
  project.edit((draft) => trimRegion(draft, active.place, { [edge]: at }), { label: 'Trim region' })
  project.select({ kind: 'region', ...active.place })
}

/** To the next border of a frame: an edge that lies inside of one comes out even. */
function nudgeEdge(session: Session, edge: Edge, frames: 1 | -1, gestureOf: GestureOf): void {
  const { project } = session
  const active = activeRegion(session)
  if (!active) return
  const { rate } = project.document.media
  const before = active.region[edge]
  const frame = sampleToFrame(before, rate)
  const isEven = frameToSample(frame, rate) === before
  const wanted = frameToSample(isEven || frames > 0 ? frame + frames : frame, rate)
  const gesture = gestureOf(`${edge} ${active.place.regionId}`)
  project.edit((draft) => trimRegion(draft, active.place, { [edge]: wanted }), { label: 'Trim region', gesture })
  project.select({ kind: 'region', ...active.place })
}

function fadeAtPlayhead(session: Session, label: string, fade: (region: Region, at: number) => RegionChange): void {
  const at = session.transport.position
  changeActive(session, (region) => (at < region.fromSample || at > region.toSample ? null : [fade(region, at), label]))
}

function changeActive(session: Session, change: (region: Region) => [RegionChange, string] | null): void {
  const active = activeRegion(session)
  const changed = active && change(active.region)
  if (!changed) return
  session.project.edit((draft) => changeRegion(draft, active.place, changed[0]), { label: changed[1] })
  session.project.select({ kind: 'region', ...active.place })
}

function chooseNeighbour({ project }: Session, step: 1 | -1): void {
  const selected = project.selectedRegion
  if (!selected) return
  const { track, region } = selected
  const count = region.takeIds.length
  const takeId = region.takeIds[(region.takeIds.indexOf(region.takeId) + step + count) % count]
  if (takeId === undefined || takeId === region.takeId) return
  const place = { trackId: track.id, regionId: region.id }
  project.edit((draft) => chooseTake(draft, place, takeId), { label: 'Choose take' })
}
