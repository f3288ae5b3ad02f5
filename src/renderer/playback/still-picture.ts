/** The picture while it stands. HTML video does not seek to the frame: it is sent to the frame's middle. */
import type { ProjectDocument } from '@shared/project'
import { frameToSample, SAMPLE_RATE, sampleToFrame } from '@shared/time'

export class StillPicture {
  #video: HTMLVideoElement | null = null
  /** Where it is to be sent. */
  #wantedSec: number | null = null

  /** Returns what lets go of the element. */
  attach(video: HTMLVideoElement): () => void {
    const sought = (): void => this.#send()
    this.#video = video
    video.addEventListener('seeked', sought)
    return () => {
      video.removeEventListener('seeked', sought)
      this.#video = null
    }
  }

  /** The frame that is on screen at `sample`. HTML video rounds: the middle of the frame is inside it whatever way. */
  show({ media: { rate } }: ProjectDocument, sample: number): void {
    const frame = sampleToFrame(sample, rate)
    const middle = (frameToSample(frame, rate) + frameToSample(frame + 1, rate)) / 2
    this.#wantedSec = middle / SAMPLE_RATE
    this.#send()
  }

  /** It is about to move: what was not sent yet is not wanted any more. */
  forget(): void {
    this.#wantedSec = null
  }

  /** One seek at a time: asked for many in a row, the element was seen to keep the picture of an earlier one. */
  #send(): void {
    const video = this.#video
    if (!video || video.seeking || this.#wantedSec === null) return
    // What it stands on already is no seek; it keeps microseconds.
    if (Math.abs(video.currentTime - this.#wantedSec) > 1e-5) video.currentTime = this.#wantedSec
    this.#wantedSec = null
  }
}
