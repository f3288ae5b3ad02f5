/**
 * Whether something is being dragged. Every drag captures its pointer, and the browser says when that ends, however it
 * does: released, given up, or with its element gone.
 */
export class Dragging {
  #isOn = false
  readonly #waiting = new Set<() => void>()

  get isOn(): boolean {
    return this.#isOn
  }

  /** Resolves when nothing is dragged; after what the release does, since the capture is lost after `pointerup`. */
  async over(): Promise<void> {
    while (this.#isOn) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  /** Returns what stops listening. */
  listen(window: EventTarget): () => void {
    const listening = new AbortController()
    const options = { signal: listening.signal, capture: true }
    window.addEventListener('gotpointercapture', () => (this.#isOn = true), options)
    window.addEventListener('lostpointercapture', () => this.#end(), options)
    return () => {
      listening.abort()
      this.#end()
    }
  }

  #end(): void {
    this.#isOn = false
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
