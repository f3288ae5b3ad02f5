/**
 * Plays the film with its tracks. The video element leads; the mixer follows its clock. Backwards is stepped seeking,
 * since no browser plays backwards.
 */
import { untrack } from 'svelte'
import type { ProjectDocument } from '@shared/project'
import { frameToSample, SAMPLE_RATE, sampleToFrame } from '@shared/time'
import { regionOf, type RegionPlace } from '../edits/find'
import { markedRange } from '../edits/tracks'
import type { ProjectState } from '../state/project.svelte'
import { Mixer } from './mixer'
import { scheduleKey, withinFilm, type Audition } from './schedule'
import { StillPicture } from './still-picture'

/** Sound and picture further apart than this start together anew: half a frame of 25 fps. */
const DRIFT_SEC = 0.02
/** Of a new reading in the mean that is judged. */
const DRIFT_SHARE = 0.2
const FASTEST = 4
const BACKWARDS_STEP_MS = 80

export interface TransportOptions {
  readonly project: ProjectState
  readonly onError: (error: unknown) => void
}

export class Transport {
  readonly #project: ProjectState
  readonly #mixer: Mixer
  readonly #still = new StillPicture()
  #video: HTMLVideoElement | null = null
  #position: number
  #rate: number
  #auditioned: Audition | null
  #auditionEnd = Infinity
  /** Where an audition that is to be repeated begins again. */
  #auditionLoop: number | null = null
  /** Mean of shown minus heard, in samples of the output. */
  #drift = 0
  /** Key of what the mixer plays. */
  #scheduled = ''
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
        const { document } = project
        untrack(() => this.#documentChanged(document))
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
    const detach = this.#still.attach(video)
    // Film and sound need not end together: the picture's last frame is the end.
    const ended = (): void => {
      this.#position = this.#project.document.media.durationSamples - 1
      if (!this.#wraps()) this.pause()
    }
    const ready = (): void => {
      // A proxy may come while the sound plays alone: the picture joins in.
      if (this.isPlaying) this.#run(this.#rate)
      else this.#showFrame()
    }
    // The picture cannot be loaded, or no further: the sound goes on by itself.
    const failed = (): void => {
      if (this.isPlaying) this.#run(this.#rate)
    }
    video.addEventListener('ended', ended)
    video.addEventListener('loadedmetadata', ready)
    video.addEventListener('error', failed)
    return () => {
      this.pause()
      video.removeEventListener('ended', ended)
      video.removeEventListener('loadedmetadata', ready)
      video.removeEventListener('error', failed)
      detach()
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
    this.#auditionEnd = Infinity
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
    this.#auditionLoop = null
    this.#run(1)
  }

  /** Plays the region with one of its takes again and again. Asked for another meanwhile, it goes on from where it is. */
  compare(place: RegionPlace, takeId: string): void {
    const isGoingOn = this.#auditionLoop !== null && this.#auditioned?.regionId === place.regionId && this.#rate === 1
    if (isGoingOn) {
      this.#auditioned = { regionId: place.regionId, takeId }
      this.#startSound(this.#mixer.position ?? this.#position)
      return
    }
    this.audition(place, takeId)
    this.#auditionLoop = this.#position
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
    const video = this.#picture
    if (video) {
      video.currentTime = this.#position / SAMPLE_RATE
      video.playbackRate = rate
      // A play() that a pause() overtakes is rejected: not a failure.
      void video.play().catch(() => undefined)
    } else this.#startSound(this.#position)
    this.#animation = requestAnimationFrame(() => this.#follow())
  }

  /** The video element while it has a picture to lead with; otherwise the transport runs on the audio clock. */
  get #picture(): HTMLVideoElement | null {
    const video = this.#video
    const isThere = video !== null && video.error === null && video.readyState >= HTMLMediaElement.HAVE_METADATA
    return isThere ? video : null
  }

  #halt(): void {
    cancelAnimationFrame(this.#animation)
    clearInterval(this.#backwards)
    this.#rate = 0
    this.#still.forget()
    this.#drift = 0
    this.#video?.pause()
    this.#mixer.stop()
  }

  /** Once per animation frame: the playhead, loop and end, and the sound's start and drift. */
  #follow(): void {
    if (this.#rate <= 0) return
    const { document } = this.#project
    const heard = this.#mixer.position
    const video = this.#picture
    const shown = video && !video.seeking ? video.currentTime * SAMPLE_RATE : null
    // A video element takes its time to begin: the sound begins with the first picture that moves.
    if (shown !== null && shown > this.#position + 1) this.#keepInStep(shown, heard)
    this.#position = withinFilm(document, shown ?? heard ?? this.#position)
    if (this.#wraps()) return
    if (this.#position >= this.#auditionEnd || this.#position >= document.media.durationSamples - 1) {
      this.pause()
      return
    }
    this.#animation = requestAnimationFrame(() => this.#follow())
  }

  #keepInStep(shown: number, heard: number | null): void {
    // Audio clocks go in jumps of a buffer: one reading says little.
    if (heard !== null) this.#drift += DRIFT_SHARE * ((shown - heard) / this.#rate - this.#drift)
    if (heard !== null && Math.abs(this.#drift) <= DRIFT_SEC * SAMPLE_RATE) return
    this.#drift = 0
    this.#startSound(shown)
  }

  #startSound(sample: number): void {
    this.#scheduled = scheduleKey(this.#project.document)
    this.#mixer.start(sample, this.#rate, this.#auditioned, this.#auditionEnd)
  }

  /** Returns whether a loop starts again: at the marked range's end, or at the film's. */
  #wraps(): boolean {
    const { document } = this.#project
    const { durationSamples } = document.media
    const range = markedRange(document) ?? { fromSample: 0, toSample: durationSamples }
    const isLooped = this.#auditioned ? this.#auditionLoop !== null : document.range.loop
    const end = Math.min(this.#auditioned ? this.#auditionEnd : range.toSample, durationSamples - 1)
    if (!isLooped || this.#position < end) return false
    this.#position = (this.#auditioned && this.#auditionLoop) ?? range.fromSample
    this.#run(this.#rate)
    return true
  }

  #stepBackwards(): void {
    const step = (BACKWARDS_STEP_MS / 1000) * SAMPLE_RATE * -this.#rate
    this.#position = Math.max(0, Math.round(this.#position - step))
    this.#showFrame()
    if (this.#position === 0) this.pause()
  }

  #showFrame(): void {
    this.#still.show(this.#project.document, this.#position)
  }

  #documentChanged(document: ProjectDocument): void {
    this.#mixer.changed(document)
    const { position } = this.#mixer
    if (this.#rate <= 0 || position === null) return
    // A sync point that is put down while it plays is not heard.
    const key = scheduleKey(document)
    if (key === this.#scheduled) return
    this.#startSound(Math.max(0, position))
  }
}
