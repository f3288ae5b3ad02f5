/** Trimming a region and shaping its fades by its handles. */
import type { Attachment } from 'svelte/attachments'
import { fadePlaces } from '@shared/audible'
import type { ProjectDocument } from '@shared/project'
import { SAMPLE_RATE } from '@shared/time'
import { regionOf, type RegionPlace } from '../edits/find'
import { changeRegion, trimRegion } from '../edits/regions'
import { followPointer, type DragHandlers } from './pointer-drag'
import type { Timeline } from './timeline-state.svelte'

export type Edge = 'from' | 'to'

export function trimHandle(timeline: Timeline, place: RegionPlace, edge: Edge): Attachment<HTMLElement> {
  return handle(timeline, place, () => trimming(timeline, place, edge))
}

export function fadeHandle(timeline: Timeline, place: RegionPlace, edge: Edge): Attachment<HTMLElement> {
  return handle(timeline, place, () => fading(timeline, place, edge))
}

function handle(timeline: Timeline, place: RegionPlace, begin: () => DragHandlers): Attachment<HTMLElement> {
  return (element) => {
    const pressed = (down: PointerEvent): void => {
      if (down.button !== 0 || down.altKey) return
      down.stopPropagation()
      timeline.project.select({ kind: 'region', ...place })
      followPointer(down, element, begin())
    }
    element.addEventListener('pointerdown', pressed)
    return () => element.removeEventListener('pointerdown', pressed)
  }
}

function trimming(timeline: Timeline, place: RegionPlace, edge: Edge): DragHandlers {
  const { project } = timeline
  const gesture = project.newId()
  const before = regionOf(project.document, place)
  const candidates = timeline.candidates({ regionId: place.regionId })
  const startPx = timeline.px(edge === 'from' ? before.fromSample : before.toSample)
  return {
    move: ({ dx }) => {
      const wanted = timeline.snap(timeline.sampleAt(startPx + dx), candidates, 'always')
      const edges = edge === 'from' ? { fromSample: wanted } : { toSample: wanted }
      // From what it was at the press: what a drag goes over on its way leaves no trace in the fades.
      const trim = (draft: ProjectDocument): void => {
        Object.assign(regionOf(draft, place), before)
        trimRegion(draft, place, edges)
      }
      project.edit(trim, { label: 'Trim region', gesture })
      const { fromSample, toSample } = regionOf(project.document, place)
      const sample = edge === 'from' ? fromSample : toSample
      timeline.say({ sample, text: `${timeline.timecode(sample)}  ${secondsText(toSample - fromSample)}` })
    },
    end: (kept) => {
      if (!kept) restore(timeline, place, before, gesture)
      timeline.release()
    }
  }
}

function fading(timeline: Timeline, place: RegionPlace, edge: Edge): DragHandlers {
  const { project } = timeline
  const gesture = project.newId()
  const before = regionOf(project.document, place)
  const places = fadePlaces(before)
  const [fadeIn, fadeOut] = [places.fullFrom - before.fromSample, before.toSample - places.fullTo]
  const start = edge === 'from' ? fadeIn : fadeOut
  return {
    move: ({ dx }) => {
      const moved = ((edge === 'from' ? dx : -dx) / timeline.port.pxPerSec) * SAMPLE_RATE
      const other = edge === 'from' ? fadeOut : fadeIn
      const longest = Math.max(0, before.toSample - before.fromSample - other)
      const length = Math.round(Math.min(longest, Math.max(0, start + moved)))
      const change = edge === 'from' ? { fadeInSamples: length } : { fadeOutSamples: length }
      const label = edge === 'from' ? 'Fade in' : 'Fade out'
      project.edit((draft) => changeRegion(draft, place, change), { label, gesture })
      const sample = edge === 'from' ? before.fromSample + length : before.toSample - length
      timeline.say({ sample, text: `${label} ${secondsText(length)}` })
    },
    end: (kept) => {
      if (!kept) restore(timeline, place, before, gesture)
      timeline.release()
    }
  }
}

function restore(timeline: Timeline, place: RegionPlace, before: ReturnType<typeof regionOf>, gesture: string): void {
  const recipe = (draft: ProjectDocument): void => void Object.assign(regionOf(draft, place), before)
  timeline.project.edit(recipe, { label: 'Trim region', gesture })
}

const secondsText = (samples: number): string => `${(samples / SAMPLE_RATE).toFixed(2)} s`
