/**
 * Mode `only`: sound begins at its points and nowhere else. The model is asked for that and mostly obeys; what swells
 * between two points all the same is held down here, as by a gate that the points open.
 *
 * [Note: sound may only decay] From SETTLED_SAMPLES after a point to EARLY_SAMPLES before the next one, no frame of 10 ms
 * may be more than HEADROOM louder than the quietest since the point: tails ring out untouched; a second hit, or a
 * rumble, stays as quiet as they are. Before the first point it is as quiet as what plays in front of the range.
 * `analysis/control.ts` listens for the same.
 */
import { dbToGain } from '@shared/audible'
import { SAMPLE_RATE } from '@shared/time'
import { joined, type Sound, type SoundFilter } from './sound'

const FRAME_SAMPLES = SAMPLE_RATE / 100
/** Around a point its own hit sounds as it likes: one that comes early, its attack, its first bounces. */
export const EARLY_SAMPLES = 0.04 * SAMPLE_RATE
export const SETTLED_SAMPLES = 0.08 * SAMPLE_RATE
const HEADROOM = dbToGain(3)
/** 2 ms, in the frame that has the higher gain: enough not to click, too short to make that frame much quieter. */
const RAMP_SAMPLES = 96
/** A latent and a frame: an edge to join lies somewhere in the last latent. */
export const CLOSING_SAMPLES = 0.03 * SAMPLE_RATE
/** RMS that nobody hears: below it sound may move. */
const FLOOR = dbToGain(-80)

export interface GatedRange {
  /** In samples from the container's start, in any order. */
  readonly points: readonly number[]
  /** Samples that are held down; those around them belong to a known take and pass. */
  readonly fromSample: number
  readonly toSample: number
  /** What plays just before the range, its last 10 ms; empty: silence. */
  readonly before: Float32Array
  /** Whether a known take goes on behind the range: its last CLOSING_SAMPLES are open then, so that they meet it. */
  readonly goesOn: boolean
}

/** Takes mono 48 kHz in order of time and gives it back, up to 20 ms behind. */
export class DecayGate implements SoundFilter {
  #pending: Sound = { fromSample: 0, samples: new Float32Array(0) }
  /** Of the pending frames that are whole. */
  #gains: number[] = []
  /** Of the last frame that was given back. */
  #gainBefore = 1
  /** RMS of the loudest frame that may come next. */
  #allowed: number

  constructor(private readonly range: GatedRange) {
    this.#allowed = Math.max(FLOOR, rms(range.before) * HEADROOM)
  }

  push(sound: Sound): Sound {
    this.#pending = joined(this.#pending, sound)
    const whole = Math.floor(this.#pending.samples.length / FRAME_SAMPLES)
    for (let frame = this.#gains.length; frame < whole; frame += 1) this.#gains.push(this.#nextGain(frame))
    // The last frame's end depends on the one behind it.
    return this.#release(Math.max(0, whole - 1))
  }

  finish(): Sound {
    const frames = Math.ceil(this.#pending.samples.length / FRAME_SAMPLES)
    if (frames > this.#gains.length) this.#gains.push(this.#nextGain(frames - 1))
    return this.#release(frames)
  }

  /** Gain of a pending frame; frames are asked for in order. */
  #nextGain(frame: number): number {
    const at = frame * FRAME_SAMPLES
    const from = this.#pending.fromSample + at
    const samples = this.#pending.samples.subarray(at, at + FRAME_SAMPLES)
    const { fromSample, toSample, points, goesOn } = this.range
    if (from < fromSample || from >= toSample - (goesOn ? CLOSING_SAMPLES : 0)) return 1
    if (points.some((point) => from > point - EARLY_SAMPLES - FRAME_SAMPLES && from < point + SETTLED_SAMPLES)) {
      this.#allowed = Infinity
      return 1
    }
    const level = rms(samples)
    const gain = level > this.#allowed ? this.#allowed / level : 1
    // What begins in the last 2 ms allows nothing: the ramp to a lower gain behind them would take it out again.
    const settled = Math.min(level, rms(samples.subarray(0, -RAMP_SAMPLES)))
    this.#allowed = Math.min(this.#allowed, Math.max(FLOOR, settled * gain * HEADROOM))
    return gain
  }

  /** Gives back the first `count` pending frames. */
  #release(count: number): Sound {
    const { fromSample, samples } = this.#pending
    const end = Math.min(count * FRAME_SAMPLES, samples.length)
    for (let frame = 0; frame < count; frame += 1) {
      const gain = this.#gains[frame]!
      const part = samples.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES)
      applyGain(part, this.#gainBefore, gain, this.#gains[frame + 1] ?? gain)
      this.#gainBefore = gain
    }
    this.#gains = this.#gains.slice(count)
    this.#pending = { fromSample: fromSample + end, samples: samples.slice(end) }
    return { fromSample, samples: samples.subarray(0, end) }
  }
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length))
}

/** `gain` over the frame, met at both ends from a lower gain beside it. */
function applyGain(samples: Float32Array, before: number, gain: number, behind: number): void {
  if (before >= 1 && gain === 1 && behind >= 1) return
  for (let i = 0; i < samples.length; i += 1) {
    const opening = before + ((1 - before) * i) / RAMP_SAMPLES
    const closing = behind + ((1 - behind) * (samples.length - 1 - i)) / RAMP_SAMPLES
    samples[i]! *= Math.min(gain, opening, closing)
  }
}
