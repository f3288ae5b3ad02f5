/** Zoom and scroll of the timeline. Not part of the document: undo leaves it alone. */
import { clampView, fitFilm, page, reveal, scrollBy, zoomAt, type Viewport } from '../timeline/viewport'

export class ViewState {
  #view: Viewport
  #isFitted = true

  constructor(durationSamples: number) {
    this.#view = $state.raw(fitFilm({ durationSamples, widthPx: 1000, pxPerSec: 0, fromSample: 0 }))
  }

  get port(): Viewport {
    return this.#view
  }

  /** The lanes' width changed; a film that was shown whole stays so. */
  resize(widthPx: number): void {
    if (widthPx <= 0 || widthPx === this.#view.widthPx) return
    const resized = { ...this.#view, widthPx }
    this.#view = this.#isFitted ? fitFilm(resized) : clampView(resized)
  }

  zoom(factor: number, anchorPx: number): void {
    this.#set(zoomAt(this.#view, factor, anchorPx))
  }

  /** What a wheel asked for within one frame: one update of the lanes. */
  zoomAndScroll({ factor, anchorPx, px }: { factor: number; anchorPx: number; px: number }): void {
    this.#set(scrollBy(zoomAt(this.#view, factor, anchorPx), px))
  }

  scroll(px: number): void {
    this.#set(scrollBy(this.#view, px))
  }

  scrollTo(fromSample: number): void {
    this.#set(clampView({ ...this.#view, fromSample }))
  }

  reveal(sample: number): void {
    this.#set(reveal(this.#view, sample))
  }

  /** Follows the playhead page by page. */
  follow(sample: number): void {
    const turned = page(this.#view, sample)
    if (turned !== this.#view) this.#set(turned)
  }

  fit(): void {
    this.#view = fitFilm(this.#view)
    this.#isFitted = true
  }

  #set(view: Viewport): void {
    this.#view = view
    this.#isFitted = false
  }
}
