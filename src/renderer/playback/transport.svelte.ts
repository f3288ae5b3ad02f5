/**
 * Plays the film with its tracks. The video element leads; the mixer follows its clock. Backwards is stepped seeking,
 * since no browser plays backwards. HTML video does not seek to the frame: it is sent to the frame's middle.
 */
import type { ProjectDocument } from '@shared/project'
import { frameToSample, SAMPLE_RATE, sampleToFrame } from '@shared/time'
import { regionOf, type RegionPlace } from '../edits/find'
import { markedRange } from '../edits/tracks'
import type { Ask } from '../state/bridge'
import type { ProjectState } from '../state/project.svelte'
import { Mixer } from './mixer'
import { withinFilm, type Audition } from './schedule'

/** Sound and picture further apart than this start together anew: half a frame of 25 fps. */
const DRIFT_SEC = 0.02
const FASTEST = 4
const BACKWARDS_STEP_MS = 80

export interface TransportOptions {
  readonly project: ProjectState
  readonly ask: Ask
  readonly onError: (error: unknown) => void
}

export class Transport {
  readonly #project: ProjectState
  readonly #mixer: Mixer
  #video: HTMLVideoElement | null = null
  #position: number
  #rate: number
  #auditioned: Audition | null
  #auditionEnd = Infinity
  #animation = 0
  #backwards: ReturnType<typeof setInterval> | undefined
  #stopWatching: () => void = () => undefined

  constructor({ project, onError }: TransportOptions) {
    this.#project = project
    this.#mixer = new Mixer({ document: () => project.document, onError })
    this.#position = $state.raw(0)
    this.#rate = $state.raw(0)
    this.#auditioned = $state.raw(null)
    this.#stopWatching = $effect.root(() => {
      $effect(() => {
        this.#documentChanged(project.document)
      })
    })
  }

  /** Where the playhead is, in samples. Reactive. */
  get position(): number {
    return this.#position
  }

  get isPlaying(): boolean {
    return this.#rate !== 0
  }

  /** 1 forwards, 2 and 4 faster, negative backwards, 0 when it stands. Reactive. */
  get rate(): number {
    return this.#rate
  }

  /** Id of the take that is auditioned, or null. Reactive. */
  get auditioned(): string | null {
    return this.#auditioned?.takeId ?? null
  }

  /** Plays into this element from now on. Returns what lets go of it. */
  attach(video: HTMLVideoElement): () => void {
    this.#video = video
    const disconnect = this.#mixer.connectOriginal(video)
    const ended = (): void => this.pause()
    const ready = (): void => {
      if (!this.isPlaying) this.#showFrame()
    }
    video.addEventListener('ended', ended)
    video.addEventListener('loadedmetadata', ready)
    return () => {
      this.pause()
      video.removeEventListener('ended', ended)
      video.removeEventListener('loadedmetadata', ready)
      disconnect()
      this.#video = null
    }
  }

  play(): void {
    this.#auditioned = null
    this.#auditionEnd = Infinity
    this.#run(1)
  }

  pause(): void {
    this.#halt()
    this.#auditioned = null
    this.#auditionEnd = Infinity
    this.#position = withinFilm(this.#project.document, this.#position)
    this.#showFrame()
  }

  toggle(): void {
    if (this.isPlaying) this.pause()
    else this.play()
  }

  /** J and L: starts in that direction, again doubles the speed up to 4. */
  shuttle(direction: 1 | -1): void {
    const isSame = Math.sign(this.#rate) === direction
    this.#auditioned = null
    this.#run(isSame ? direction * Math.min(FASTEST, Math.abs(this.#rate) * 2) : direction)
  }

  /** To the place itself; the picture shows the frame that is on screen then. */
  seek(sample: number): void {
    const rate = this.#rate
    this.#halt()
    this.#auditioned = null
    this.#auditionEnd = Infinity
    this.#position = withinFilm(this.#project.document, sample)
    this.#showFrame()
    if (rate !== 0) this.#run(rate)
  }

  stepFrames(frames: number): void {
    if (this.isPlaying) this.pause()
    const { rate, durationSamples } = this.#project.document.media
    const last = sampleToFrame(durationSamples - 1, rate)
    const frame = Math.min(last, Math.max(0, sampleToFrame(this.#position, rate) + frames))
    this.seek(frameToSample(frame, rate))
  }

  /** Plays the region once with one of its takes instead of the chosen one. */
  audition(place: RegionPlace, takeId: string): void {
    const region = regionOf(this.#project.document, place)
    this.#halt()
    this.#position = region.fromSample
    this.#auditioned = { regionId: region.id, takeId }
    this.#auditionEnd = region.toSample
    this.#run(1)
  }

  dispose(): void {
    this.#halt()
    this.#stopWatching()
    void this.#mixer.dispose()
  }

  #run(rate: number): void {
    this.#halt()
    const { durationSamples } = this.#project.document.media
    if (rate > 0 && this.#position >= durationSamples - 1) this.#position = 0
    this.#rate = rate
    if (rate < 0) {
      this.#backwards = setInterval(() => this.#stepBackwards(), BACKWARDS_STEP_MS)
      return
    }
    const video = this.#video
    if (video) {
      video.currentTime = this.#position / SAMPLE_RATE
      video.playbackRate = rate
      // A play() that a pause() overtakes is rejected: not a failure.
      void video.play().catch(() => undefined)
    }
    this.#mixer.start(this.#position, rate, this.#auditioned, this.#auditionEnd)
    this.#animation = requestAnimationFrame(() => this.#follow())
  }

  #halt(): void {
    cancelAnimationFrame(this.#animation)
    clearInterval(this.#backwards)
    this.#rate = 0
    this.#video?.pause()
    this.#mixer.stop()
  }

  /** Once per animation frame: the playhead, loop and end, and the drift of the two clocks. */
  #follow(): void {
    if (this.#rate <= 0) return
    const { document } = this.#project
    const heard = this.#mixer.position ?? this.#position
    const shown = this.#video && !this.#video.seeking ? this.#video.currentTime * SAMPLE_RATE : null
    const isMoving = this.#video !== null && !this.#video.paused && this.#video.readyState >= 3
    if (shown !== null && isMoving && Math.abs(shown - heard) > DRIFT_SEC * SAMPLE_RATE * this.#rate) {
      this.#mixer.start(Math.max(0, shown), this.#rate, this.#auditioned, this.#auditionEnd)
    }
    this.#position = withinFilm(document, shown ?? heard)
    if (this.#position >= this.#auditionEnd || this.#position >= document.media.durationSamples - 1) {
      this.pause()
      return
    }
    if (this.#wraps()) return
    this.#animation = requestAnimationFrame(() => this.#follow())
  }

  /** Returns whether a loop starts again: at the marked range's end, or at the film's. */
  #wraps(): boolean {
    const { document } = this.#project
    const range = markedRange(document)
    if (!document.range.loop || !range || this.#auditioned || this.#position < range.toSample) return false
    this.#position = range.fromSample
    this.#run(this.#rate)
    return true
  }

  #stepBackwards(): void {
    const step = (BACKWARDS_STEP_MS / 1000) * SAMPLE_RATE * -this.#rate
    this.#position = Math.max(0, Math.round(this.#position - step))
    this.#showFrame()
    if (this.#position === 0) this.pause()
  }

  /** HTML video rounds: the middle of the frame is inside it whatever way. */
  #showFrame(): void {
    const { rate } = this.#project.document.media
    const frame = sampleToFrame(this.#position, rate)
    const middle = (frameToSample(frame, rate) + frameToSample(frame + 1, rate)) / 2
    if (this.#video) this.#video.currentTime = middle / SAMPLE_RATE
  }

  #documentChanged(document: ProjectDocument): void {
    this.#mixer.changed(document)
    if (this.#rate > 0 && this.#mixer.position !== null) {
      this.#mixer.start(Math.max(0, this.#mixer.position), this.#rate, this.#auditioned, this.#auditionEnd)
    }
  }
}
