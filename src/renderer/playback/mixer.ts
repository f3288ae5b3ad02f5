/**
 * Plays the document's sound with Web Audio, in step with a film that runs at a rate from a place.
 *
 * [Note: whose clock] The picture leads: {@link Mixer.start} is told where the film is at this moment, schedules what
 * follows on the audio clock, and the transport starts it anew when the two drift apart.
 */
import { fadeGain } from '@shared/audible'
import type { ProjectDocument } from '@shared/project'
import { SAMPLE_RATE } from '@shared/time'
import { fadeCorners, originalGain, pieceGain, piecesBetween, type Audition, type Piece } from './schedule'
import { TakeSound } from './take-sound'

/** Scheduled this far ahead, looked after this often. */
const AHEAD_SEC = 3
const TICK_MS = 500
/** Changes of gain glide, so that they do not click. */
const GLIDE_SEC = 0.015

interface Voice {
  readonly source: AudioBufferSourceNode
  readonly gain: GainNode
  readonly piece: Piece
}

interface Run {
  /** Film sample that sounds at `startedAt` of the audio clock. */
  readonly fromSample: number
  readonly startedAt: number
  readonly rate: number
  readonly audition: Audition | null
  readonly toSample: number
  scheduledTo: number
}

export interface MixerOptions {
  readonly document: () => ProjectDocument
  readonly onError: (error: unknown) => void
}

export class Mixer {
  readonly #options: MixerOptions
  readonly #context: AudioContext
  readonly #sound: TakeSound
  readonly #original: GainNode
  readonly #voices = new Set<Voice>()
  #run: Run | null = null
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(options: MixerOptions) {
    this.#options = options
    this.#context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' })
    this.#sound = new TakeSound(this.#context)
    this.#original = this.#context.createGain()
    this.#original.connect(this.#context.destination)
  }

  /** The film's own sound goes through the mixer from now on. Returns what takes it out again. */
  connectOriginal(video: HTMLVideoElement): () => void {
    const source = this.#context.createMediaElementSource(video)
    source.connect(this.#original)
    return () => source.disconnect()
  }

  /** Sounds from `fromSample` on, which the picture shows now. `toSample` ends it (an audition). */
  start(fromSample: number, rate: number, audition: Audition | null = null, toSample = Infinity): void {
    this.stop()
    void this.#context.resume()
    this.#run = {
      fromSample,
      startedAt: this.#context.currentTime + 0.02,
      rate,
      audition,
      toSample,
      scheduledTo: fromSample
    }
    this.changed(this.#options.document())
    this.#schedule()
    this.#timer = setInterval(() => this.#schedule(), TICK_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#run = null
    for (const { source } of this.#voices) source.stop()
    this.#voices.clear()
  }

  /** Where the sound is, in film samples; null when none runs. */
  get position(): number | null {
    const run = this.#run
    if (!run) return null
    const latency = this.#context.outputLatency || 0
    return run.fromSample + (this.#context.currentTime - run.startedAt - latency) * run.rate * SAMPLE_RATE
  }

  /** Gains follow the document while it plays; regions that came or went need a new start. */
  changed(document: ProjectDocument): void {
    const now = this.#context.currentTime
    const audition = this.#run?.audition ?? null
    this.#original.gain.setTargetAtTime(audition ? 0 : originalGain(document), now, GLIDE_SEC)
  }

  async dispose(): Promise<void> {
    this.stop()
    await this.#context.close()
  }

  #schedule(): void {
    const run = this.#run
    if (!run) return
    const heard = Math.max(run.fromSample, this.position ?? run.fromSample)
    const until = Math.min(run.toSample, Math.round(heard + AHEAD_SEC * SAMPLE_RATE * run.rate))
    if (until <= run.scheduledTo) return
    const pieces = piecesBetween(this.#options.document(), run.scheduledTo, until, run.audition)
    run.scheduledTo = until
    for (const piece of pieces) void this.#play(run, piece).catch(this.#options.onError)
  }

  async #play(run: Run, piece: Piece): Promise<void> {
    const buffer = await this.#sound.read(piece)
    if (this.#run !== run) return
    const clock = (sample: number): number => run.startedAt + (sample - run.fromSample) / SAMPLE_RATE / run.rate
    const begin = clock(piece.fromSample)
    // Fetched too late to begin on time: the rest still belongs at its place.
    const lateSec = Math.max(0, this.#context.currentTime - begin) * run.rate
    if (lateSec >= buffer.duration) return
    const source = new AudioBufferSourceNode(this.#context, { buffer, playbackRate: run.rate })
    const gain = this.#context.createGain()
    const level = pieceGain(this.#options.document(), piece)
    const corners = fadeCorners(piece)
    gain.gain.setValueAtTime(level * fadeGain(piece.region, piece.fromSample), Math.max(0, begin))
    for (const corner of corners) {
      gain.gain.linearRampToValueAtTime(level * fadeGain(piece.region, corner), Math.max(0, clock(corner)))
    }
    const pan = new StereoPannerNode(this.#context, { pan: piece.region.pan })
    // A mono source at the centre of StereoPanner comes out 3 dB lower in each ear; the bus keeps its level.
    const makeUp = new GainNode(this.#context, { gain: Math.SQRT2 })
    source.connect(gain).connect(pan).connect(makeUp).connect(this.#context.destination)
    const voice: Voice = { source, gain, piece }
    this.#voices.add(voice)
    source.onended = () => {
      this.#voices.delete(voice)
      makeUp.disconnect()
    }
    source.start(Math.max(begin, this.#context.currentTime), lateSec)
  }
}
