/** What the pointer does on any lane: wheel, panning, the hover line, clicks, and marking a range. */
import type { Attachment } from 'svelte/attachments'
import { markRange } from '../edits/tracks'
import { followPointer } from './pointer-drag'
import type { Timeline } from './timeline-state.svelte'
import { WheelGatherer, wheelIntent } from './wheel'

export interface Press {
  readonly event: PointerEvent
  readonly element: HTMLElement
  /** From a place on the screen to one on the lane. */
  readonly pxOf: (clientX: number) => number
}

export interface LaneOptions {
  /** A click that was not on something with its own gesture. The playhead has moved there. */
  readonly click?: (event: PointerEvent, sample: number) => void
  readonly doubleClick?: (px: number, event: MouseEvent) => void
  /** Comes before clicking to seek and dragging to mark; true when it takes the press. */
  readonly press?: (press: Press) => boolean
}

/** Makes an element a lane. Its left edge is the view's left edge. */
export function lane(timeline: Timeline, options: LaneOptions = {}): Attachment<HTMLElement> {
  return (element) => {
    const listening = new AbortController()
    const { signal } = listening
    const stopWheel = zoomOnWheel(timeline, element)
    const pxOf = (clientX: number): number => clientX - element.getBoundingClientRect().left
    element.addEventListener('pointerdown', (event) => pressed(event), { signal })
    element.addEventListener('pointermove', (event) => timeline.hover(pxOf(event.clientX)), { signal })
    element.addEventListener('pointerleave', () => timeline.hover(null), { signal })
    element.addEventListener('dblclick', (event) => options.doubleClick?.(pxOf(event.clientX), event), { signal })
    // The middle button would start the browser's own scrolling.
    element.addEventListener('mousedown', (event) => event.button === 1 && event.preventDefault(), { signal })

    function pressed(event: PointerEvent): void {
      if (event.button === 1) return pan(timeline, event, element)
      if (event.button !== 0) return
      if (options.press?.({ event, element, pxOf })) return
      markOnDrag(timeline, event, element, pxOf, (released) => {
        const sample = timeline.sampleAt(pxOf(released.clientX))
        timeline.transport.seek(timeline.frameStart(sample))
        options.click?.(released, sample)
      })
    }
    return () => {
      listening.abort()
      stopWheel()
    }
  }
}

/** Zoom at the cursor and scroll by the wheel; one update of the view a frame. */
export function zoomOnWheel(timeline: Timeline, element: HTMLElement): () => void {
  const gatherer = new WheelGatherer(({ zoomFactor, anchorPx, scrollPx }) =>
    timeline.view.zoomAndScroll({ factor: zoomFactor, anchorPx, px: scrollPx })
  )
  const turned = (event: WheelEvent): void => {
    const intent = wheelIntent(event)
    if (intent.kind === 'pass') return
    event.preventDefault()
    gatherer.add(intent, event.clientX - element.getBoundingClientRect().left)
  }
  element.addEventListener('wheel', turned, { passive: false })
  return () => {
    element.removeEventListener('wheel', turned)
    gatherer.dispose()
  }
}

function pan(timeline: Timeline, down: PointerEvent, element: Element): void {
  down.preventDefault()
  let panned = 0
  followPointer(down, element, {
    move: ({ dx }) => {
      timeline.view.scroll(panned - dx)
      panned = dx
    }
  })
}

/** Dragging marks in and out, snapped; Escape puts back what was marked before. */
export function markOnDrag(
  timeline: Timeline,
  down: PointerEvent,
  element: Element,
  pxOf: (clientX: number) => number,
  click: (event: PointerEvent) => void
): void {
  const { project } = timeline
  const gesture = project.newId()
  const { inSample, outSample } = project.document.range
  const candidates = timeline.candidates({ range: true })
  const at = (clientX: number): number => timeline.snap(timeline.sampleAt(pxOf(clientX)), candidates, 'always')
  let anchor = 0
  const mark = (from: number | null, to: number | null): void =>
    project.edit((draft) => markRange(draft, from, to), { label: 'Mark range', gesture })
  followPointer(down, element, {
    click,
    start: () => (anchor = at(down.clientX)),
    move: ({ clientX }) => {
      const other = at(clientX)
      if (other !== anchor) mark(Math.min(anchor, other), Math.max(anchor, other))
      timeline.say({ sample: other, text: timeline.timecode(other) })
    },
    end: (kept) => {
      if (kept) project.turnToMark()
      else mark(inSample, outSample)
      timeline.release()
    }
  })
}
