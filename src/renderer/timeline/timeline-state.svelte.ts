/** What the timeline knows while the pointer is over it. Nothing here is saved; edits go through the project. */
import { getContext, setContext } from 'svelte'
import { frameToSample, SAMPLE_RATE, sampleToFrame } from '@shared/time'
import type { Target } from '../state/generation'
import type { Session, Studio } from '../state/studio.svelte'
import { PeakCache } from './peak-cache.svelte'
import { timecodeAt } from '../components/format'
import { snap, SNAP_PX, snapCandidates, type Dragged, type SnapCandidates, type SnapOptions } from './snapping'
import { judgementOf, type Judgement } from './sync-look'
import { toPx, toSample, type Viewport } from './viewport'

/** A few words beside what is dragged. */
export interface Bubble {
  readonly sample: number
  readonly text: string
}

export class Timeline {
  readonly studio: Studio
  readonly session: Session
  readonly peaks: PeakCache
  #hoverPx: number | null
  #snapped: number | null
  #bubble: Bubble | null
  /** By which attacks are green or red. */
  readonly judgement: Judgement

  constructor(studio: Studio, session: Session) {
    this.studio = studio
    this.session = session
    this.peaks = new PeakCache({
      load: (source) => studio.ask('sound:peaks', { source }),
      onError: (error) => studio.notices.report(error)
    })
    this.#hoverPx = $state.raw(null)
    this.#snapped = $state.raw(null)
    this.#bubble = $state.raw(null)
    this.judgement = $derived(judgementOf(this.project.document, this.project.syncDistances, this.project.attacks))
  }

  /** Where new sound is being drawn now. */
  get drawn(): Target | null {
    return this.studio.generations.drawn
  }

  get project(): Session['project'] {
    return this.session.project
  }

  get view(): Session['view'] {
    return this.session.view
  }

  get transport(): Session['transport'] {
    return this.session.transport
  }

  get port(): Viewport {
    return this.session.view.port
  }

  /** Of the pointer, from the lanes' left edge. */
  get hoverPx(): number | null {
    return this.#hoverPx
  }

  /** Where a drag has just jumped to. */
  get snapped(): number | null {
    return this.#snapped
  }

  get bubble(): Bubble | null {
    return this.#bubble
  }

  hover(px: number | null): void {
    this.#hoverPx = px
  }

  say(bubble: Bubble | null): void {
    this.#bubble = bubble
  }

  px(sample: number): number {
    return toPx(this.port, sample)
  }

  sampleAt(px: number): number {
    return Math.min(this.port.durationSamples, Math.max(0, toSample(this.port, px)))
  }

  timecode(sample: number): string {
    return timecodeAt(sample, this.project.document.media)
  }

  /** First sample of the frame on screen at `sample`. */
  frameStart(sample: number): number {
    const { rate } = this.project.document.media
    return frameToSample(sampleToFrame(sample, rate), rate)
  }

  /** What a drag that begins now can snap to. The document changes under a drag; what it may meet does not. */
  candidates(dragged: Dragged): SnapCandidates {
    const { document, attacks } = this.project
    return snapCandidates(document, { attacks, playhead: this.transport.position }, dragged)
  }

  /** Snaps, where snapping is on, and shows the line. */
  snap(sample: number, candidates: SnapCandidates, frames: SnapOptions['frames']): number {
    if (!this.studio.settings.snap) {
      this.#snapped = null
      return Math.round(sample)
    }
    const toleranceSamples = (SNAP_PX / this.port.pxPerSec) * SAMPLE_RATE
    const snapped = snap(sample, candidates, { toleranceSamples, frames })
    this.#snapped = snapped.met === 'mark' ? snapped.sample : null
    return Math.round(snapped.sample)
  }

  /** The drag is over. */
  release(): void {
    this.#snapped = null
    this.#bubble = null
  }

  dispose(): void {
    this.peaks.dispose()
  }
}

const KEY = Symbol('timeline')
export const provideTimeline = (timeline: Timeline): Timeline => setContext(KEY, timeline)
export const useTimeline = (): Timeline => getContext<Timeline>(KEY)
