/**
 * The onsets of the paper's metric: `librosa.onset.onset_detect(delta=0.3)` (0.11) at 22 050 Hz, no backtracking, and the
 * confidence that CondFoleyGen and SyncFusion give them (design.md, "How sync is measured", steps 1 and 2). It steps in
 * 23 ms and answers one or two steps late; for timing see `attacks.ts`.
 */
import type { Onset } from '@shared/requests'
import { FRAME_SAMPLES, HOP_SAMPLES, ONSET_RATE, OnsetStrength } from './onset-strength'
import { Resampler } from './resample'

/** `confidence`: largest scaled amplitude within 0.05 s. */
export interface Detection extends Onset {
  /** Scaled amplitude at the onset itself: the metric's tie-breaker between onsets that fit one reference. */
  readonly amplitude: number
}

/** Frames; librosa's defaults at 22 050 Hz and a hop of 512, e.g. `0.10 * sr // hop + 1`. */
const PRE_MAX = 1
const POST_MAX = 1
const PRE_AVERAGE = 4
const POST_AVERAGE = 5
const WAIT = 1
const DELTA = 0.3

/** Samples on each side in which an onset looks for its confidence: `int(0.05 * 22050)`. */
const CONFIDENCE_SAMPLES = 1102

/** `librosa.util.peak_pick` on an envelope already scaled to [0, 1]: frame indices. */
function peakPick(envelope: Float64Array): number[] {
  const peaks: number[] = []
  let frame = 0
  while (frame < envelope.length) {
    const value = envelope[frame]!
    const local = envelope.subarray(Math.max(0, frame - PRE_MAX), frame + POST_MAX)
    const around = envelope.subarray(Math.max(0, frame - PRE_AVERAGE), frame + POST_AVERAGE)
    const average = around.reduce((sum, x) => sum + x, 0) / around.length
    if (value >= Math.max(...local) && value >= average + DELTA) {
      peaks.push(frame)
      frame += WAIT
    }
    frame += 1
  }
  return peaks
}

/** Onset frames of an envelope in any unit: scaled to [0, 1] first, none where nothing rises. */
export function pickOnsetFrames(envelope: Float64Array): number[] {
  const lowest = envelope.reduce((a, b) => Math.min(a, b), Infinity)
  const highest = envelope.reduce((a, b) => Math.max(a, b), -Infinity)
  if (!(highest > lowest)) return []
  return peakPick(envelope.map((value) => (value - lowest) / (highest - lowest)))
}

/** Finds onsets in a stream of any rate. It needs the loudest moment, so it answers at the end; see OnsetStrength for memory. */
export class OnsetDetector {
  private readonly resampler: Resampler
  private readonly strength = new OnsetStrength()
  /** Samples from `CONFIDENCE_SAMPLES` before the next frame's centre. */
  private pending = new Float32Array(CONFIDENCE_SAMPLES)
  private readonly peaks: number[] = []
  private readonly amplitudes: number[] = []
  private sampleCount = 0
  private loudest = 0
  private quietest = Infinity

  /** `sampleRate` in Hz of what is pushed. */
  constructor(sampleRate: number) {
    this.resampler = new Resampler(sampleRate, ONSET_RATE)
  }

  /** Mono samples, nominally -1..1. */
  push(chunk: Float32Array): void {
    this.take(this.resampler.push(chunk))
  }

  /** The onset strength so far, in dB per frame of 512 samples; complete after `finish`. */
  envelope(): Float64Array {
    return this.strength.envelope()
  }

  /** All onsets, in time order. Call once. */
  finish(): Detection[] {
    this.take(this.resampler.finish())
    if (this.sampleCount === 0) return []
    const missing = 1 + Math.floor(this.sampleCount / HOP_SAMPLES) - this.strength.frameCount
    this.drain(new Float32Array(missing * HOP_SAMPLES + 2 * CONFIDENCE_SAMPLES), missing)
    // e = |wave|, min-max scaled over the clip; a constant clip has no amplitude to speak of.
    const range = this.loudest - this.quietest
    const scaled = (value: number): number => (range > 0 ? (value - this.quietest) / range : 0)
    return pickOnsetFrames(this.strength.envelope()).map((frame) => ({
      timeSec: (frame * HOP_SAMPLES) / ONSET_RATE,
      confidence: scaled(this.peaks[frame]!),
      amplitude: scaled(this.amplitudes[frame]!)
    }))
  }

  private take(samples: Float32Array): void {
    this.sampleCount += samples.length
    for (const sample of samples) {
      const size = Math.abs(sample)
      if (size > this.loudest) this.loudest = size
      if (size < this.quietest) this.quietest = size
    }
    this.drain(samples, Infinity)
  }

  /** Appends samples and measures every frame whose surroundings are complete, at most `limit` of them. */
  private drain(samples: Float32Array, limit: number): void {
    const joined = new Float32Array(this.pending.length + samples.length)
    joined.set(this.pending)
    joined.set(samples, this.pending.length)
    let start = 0
    for (let n = 0; n < limit && start + 2 * CONFIDENCE_SAMPLES <= joined.length; n += 1) {
      const centre = start + CONFIDENCE_SAMPLES
      this.strength.addFrame(joined.subarray(centre - FRAME_SAMPLES / 2, centre + FRAME_SAMPLES / 2))
      let peak = 0
      for (let i = start; i < start + 2 * CONFIDENCE_SAMPLES; i += 1) peak = Math.max(peak, Math.abs(joined[i]!))
      this.peaks.push(peak)
      this.amplitudes.push(Math.abs(joined[centre]!))
      start += HOP_SAMPLES
    }
    this.pending = joined.slice(start)
  }
}

/** Onsets of a whole mono clip, in time order. `samples` [n] at `sampleRate` Hz. */
export function detectOnsets(samples: Float32Array, sampleRate: number): Detection[] {
  const detector = new OnsetDetector(sampleRate)
  detector.push(samples)
  return detector.finish()
}
