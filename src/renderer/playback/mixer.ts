/**
 * Plays the document's sound with Web Audio, in step with a film that runs at a rate from a place.
 *
 * [Note: whose clock] The picture leads: {@link Mixer.start} is told where the film is at this moment, schedules what
 * follows on the audio clock, and the transport starts it anew when the two drift apart.
 */
import { isShaped, shape } from '@shared/edges'
import type { ProjectDocument } from '@shared/project'
import { SAMPLE_RATE } from '@shared/time'
import { originalGain, pieceGain, piecesBetween, type Audition, type Piece } from './schedule'
import { TakeSound } from './take-sound'

/** Scheduled this far ahead, looked after this often. */
const AHEAD_SEC = 3
const TICK_MS = 500
/** Changes of gain glide, so that they do not click. */
const GLIDE_SEC = 0.015

interface Voice {
  readonly source: AudioBufferSourceNode
  readonly level: GainNode
  readonly piece: Piece
}

interface Run {
  /** Film sample that is rendered at `startedAt` of the audio clock. */
  readonly fromSample: number
  readonly startedAt: number
  readonly rate: number
  readonly audition: Audition | null
  readonly toSample: number
  scheduledTo: number
}

/** A mono source at the centre of StereoPanner comes out 3 dB lower in each ear; the bus keeps its level. */
const levelOf = (document: ProjectDocument, piece: Piece): number => Math.SQRT2 * pieceGain(document, piece)

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
    const first = Math.round(fromSample)
    // What is scheduled now is heard a latency later, when the picture is that much further on.
    const startedAt = this.#context.currentTime - this.#latencySec
    this.#run = { fromSample: first, startedAt, rate, audition, toSample, scheduledTo: first }
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
    return run.fromSample + (this.#context.currentTime - run.startedAt - this.#latencySec) * run.rate * SAMPLE_RATE
  }

  /** From a sample that is rendered to one that is heard. */
  get #latencySec(): number {
    return this.#context.outputLatency || 0
  }

  /** Gains follow the document while it plays; whatever else is scheduled needs a new start (`scheduleKey`). */
  changed(document: ProjectDocument): void {
    const now = this.#context.currentTime
    const audition = this.#run?.audition ?? null
    this.#original.gain.setTargetAtTime(audition ? 0 : originalGain(document), now, GLIDE_SEC)
    for (const { level, piece } of this.#voices) level.gain.setTargetAtTime(levelOf(document, piece), now, GLIDE_SEC)
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
    const whole = await this.#sound.read(piece.sound)
    if (this.#run !== run) return
    const begin = run.startedAt + (piece.fromSample - run.fromSample) / SAMPLE_RATE / run.rate
    // Fetched too late to begin on time: the rest still belongs at its place.
    const lateSec = Math.max(0, this.#context.currentTime - begin) * run.rate
    const lengthSec = (piece.toSample - piece.fromSample) / SAMPLE_RATE - lateSec
    if (lengthSec <= 0) return
    const { buffer, offsetSec } = this.#shaped(piece, whole)
    const source = new AudioBufferSourceNode(this.#context, { buffer, playbackRate: run.rate })
    const pan = new StereoPannerNode(this.#context, { pan: piece.voice.region.pan })
    const level = new GainNode(this.#context, { gain: levelOf(this.#options.document(), piece) })
    source.connect(pan).connect(level).connect(this.#context.destination)
    const voice: Voice = { source, level, piece }
    this.#voices.add(voice)
    source.onended = () => {
      this.#voices.delete(voice)
      level.disconnect()
    }
    source.start(Math.max(begin, this.#context.currentTime), offsetSec + lateSec, lengthSec)
  }

  /** Fades are multiplied into a copy of the samples, as the export does it: no automation of Web Audio is as exact. */
  #shaped(
    { voice, fromSample, toSample, sound }: Piece,
    whole: AudioBuffer
  ): { buffer: AudioBuffer; offsetSec: number } {
    const offset = fromSample - sound.fromSample
    if (!isShaped(voice, fromSample, toSample)) return { buffer: whole, offsetSec: offset / SAMPLE_RATE }
    const samples = whole.getChannelData(0).slice(offset, offset + toSample - fromSample)
    shape(samples, voice, fromSample)
    const buffer = this.#context.createBuffer(1, samples.length, SAMPLE_RATE)
    buffer.copyToChannel(samples, 0)
    return { buffer, offsetSec: 0 }
  }
}
