/** Scrubbing on the ruler, and its in and out handles. */
import type { Attachment } from 'svelte/attachments'
import { markRange } from '../edits/tracks'
import type { Press } from './lane-gestures'
import { followPointer } from './pointer-drag'
import type { Timeline } from './timeline-state.svelte'

/** The playhead jumps under the pointer and stays there while it moves. */
export function scrub(timeline: Timeline, { event: down, element, pxOf }: Press): void {
  const seek = (clientX: number): void => timeline.transport.seek(timeline.frameStart(timeline.sampleAt(pxOf(clientX))))
  seek(down.clientX)
  followPointer(down, element, { move: ({ clientX }) => seek(clientX) })
}

/** Drags one end of the marked range. It stops at the other. */
export function rangeHandle(timeline: Timeline, end: 'in' | 'out'): Attachment<HTMLElement> {
  return (element) => {
    const pressed = (down: PointerEvent): void => {
      if (down.button !== 0) return
      down.stopPropagation()
      dragRangeEnd(timeline, end, down, element)
    }
    element.addEventListener('pointerdown', pressed)
    return () => element.removeEventListener('pointerdown', pressed)
  }
}

function dragRangeEnd(timeline: Timeline, end: 'in' | 'out', down: PointerEvent, element: Element): void {
  const { project } = timeline
  const { inSample, outSample } = project.document.range
  const start = end === 'in' ? inSample : outSample
  if (start === null) return
  const gesture = project.newId()
  const candidates = timeline.candidates({ range: true })
  const startPx = timeline.px(start)
  const place = (sample: number): void => {
    const [from, to] = end === 'in' ? [sample, outSample] : [inSample, sample]
    if (from !== null && to !== null && from >= to) return
    project.edit((draft) => markRange(draft, from, to), { label: 'Mark range', gesture })
    timeline.say({ sample, text: timeline.timecode(sample) })
  }
  followPointer(down, element, {
    move: ({ dx }) => place(timeline.snap(timeline.sampleAt(startPx + dx), candidates, 'always')),
    end: (kept) => {
      if (kept) project.turnToMark()
      else place(start)
      timeline.release()
    }
  })
}
