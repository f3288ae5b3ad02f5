/**
 * One pointer gesture: a press becomes a click, or a drag once it has moved. Moves are handed on once a frame. Escape
 * gives a drag up. Listeners live as long as the gesture.
 */

const THRESHOLD_PX = 3

export interface DragMove {
  /** Since the press. */
  readonly dx: number
  readonly dy: number
  readonly clientX: number
  readonly clientY: number
  readonly altKey: boolean
}

export interface DragHandlers {
  /** Released without having moved. */
  readonly click?: (event: PointerEvent) => void
  readonly start?: () => void
  readonly move: (move: DragMove) => void
  /** After the last move; `kept` is false when the gesture was given up. */
  readonly end?: (kept: boolean) => void
}

/** Follows the pointer of a `pointerdown` until it is released. */
export function followPointer(down: PointerEvent, element: Element, handlers: DragHandlers): void {
  const listening = new AbortController()
  const { signal } = listening
  let [isDragging, frame] = [false, 0]
  let last: DragMove | null = null
  const flush = (): void => {
    frame = 0
    const move = last
    last = null
    if (move) handlers.move(move)
  }
  const finish = (kept: boolean): void => {
    cancelAnimationFrame(frame)
    try {
      if (kept) flush()
    } finally {
      listening.abort()
      if (element.hasPointerCapture(down.pointerId)) element.releasePointerCapture(down.pointerId)
      if (isDragging) handlers.end?.(kept)
    }
  }
  const moved = (event: PointerEvent): void => {
    const [dx, dy] = [event.clientX - down.clientX, event.clientY - down.clientY]
    if (!isDragging) {
      if (Math.hypot(dx, dy) < THRESHOLD_PX) return
      isDragging = true
      element.setPointerCapture(down.pointerId)
      handlers.start?.()
    }
    last = { dx, dy, clientX: event.clientX, clientY: event.clientY, altKey: event.altKey }
    if (frame === 0) frame = requestAnimationFrame(flush)
  }
  const isOurs = (event: PointerEvent): boolean => event.pointerId === down.pointerId
  window.addEventListener('pointermove', (event) => isOurs(event) && moved(event), { signal })
  window.addEventListener(
    'pointerup',
    (event) => {
      if (!isOurs(event)) return
      finish(true)
      if (!isDragging) handlers.click?.(event)
    },
    { signal }
  )
  window.addEventListener('pointercancel', (event) => isOurs(event) && finish(false), { signal })
  window.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape' || !isDragging) return
      event.stopPropagation()
      finish(false)
    },
    { signal, capture: true }
  )
}
