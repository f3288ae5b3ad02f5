/**
 * Whether sound obeys sync points: does each point sound, and does anything sound elsewhere?
 *
 * [Note: what sounds elsewhere] The tail of a hit is not a sound elsewhere, a swell or a second hit in it is. Between two
 * points the level (RMS of 10 ms) may only fall: what rises RISE_DB above the quietest moment since the last point is
 * heard as something new. Around a point, its own hit is left out: from the tolerance before it (an early hit counts as
 * that point's) to SETTLED_SEC after (an attack that comes late, its first bounces).
 */
import { detectAttacks } from './attacks'
import { pairInstants } from './matching'

/** A point sounds when an attack lies this near. */
export const CONTROL_TOLERANCE_SEC = 0.04
const SETTLED_SEC = 0.08
const FRAME_SEC = 0.01
const RISE_DB = 6
const SILENCE_DB = -120

export interface ControlScore {
  readonly points: number
  /** Attacks by the 1 ms detector, within 30 dB of the loudest moment. */
  readonly attacks: number
  /** Attack minus point in seconds, one for each point that sounds: positive = late. */
  readonly offsetsSec: readonly number[]
  /** Loudest 10 ms within reach of each point, dBFS. */
  readonly pointLevelsDb: readonly number[]
  /** Loudest 10 ms of whatever rises between points, dBFS; one for each gap in which something does. */
  readonly elsewhereDb: readonly number[]
}

/** RMS of frames of 10 ms, dBFS. */
function frameLevels(samples: Float32Array, sampleRate: number): Float64Array {
  const size = Math.round(FRAME_SEC * sampleRate)
  return Float64Array.from({ length: Math.floor(samples.length / size) }, (_, frame) => {
    const part = samples.subarray(frame * size, (frame + 1) * size)
    const power = part.reduce((sum, sample) => sum + sample * sample, 0) / size
    return Math.max(SILENCE_DB, 10 * Math.log10(power + 1e-30))
  })
}

/** The loudest of a level's rises, or undefined where it only falls. */
function loudestRise(levels: Float64Array): number | undefined {
  let quietest = Infinity
  let loudest: number | undefined
  for (const level of levels) {
    quietest = Math.min(quietest, level)
    if (level >= quietest + RISE_DB && level > (loudest ?? -Infinity)) loudest = level
  }
  return loudest
}

/** Mono `samples` [n] at `sampleRate` Hz against `pointsSec` in any order. See [Note: what sounds elsewhere]. */
export function scoreControl(samples: Float32Array, sampleRate: number, pointsSec: readonly number[]): ControlScore {
  const points = [...pointsSec].sort((a, b) => a - b)
  const attacks = detectAttacks(samples, sampleRate).map(({ timeSec }) => timeSec)
  const levels = frameLevels(samples, sampleRate)
  const between = (fromSec: number, toSec: number): Float64Array =>
    levels.subarray(Math.max(0, Math.ceil(fromSec / FRAME_SEC)), Math.max(0, Math.floor(toSec / FRAME_SEC)))
  // Before the first point it is silent: whatever is heard there rises.
  const gaps = [-Infinity, ...points].map((point, index) => {
    const quiet = between(point + SETTLED_SEC, (points[index] ?? Infinity) - CONTROL_TOLERANCE_SEC)
    return index === 0 ? Float64Array.of(SILENCE_DB, ...quiet) : quiet
  })
  return {
    points: points.length,
    attacks: attacks.length,
    offsetsSec: pairInstants(points, attacks, CONTROL_TOLERANCE_SEC),
    pointLevelsDb: points.map((point) =>
      between(point - CONTROL_TOLERANCE_SEC, point + SETTLED_SEC).reduce((a, b) => Math.max(a, b), SILENCE_DB)
    ),
    elsewhereDb: gaps.map(loudestRise).filter((level) => level !== undefined)
  }
}
