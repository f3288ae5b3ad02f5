/**
 * Mode `only`: each point is about as loud as it was asked to be. The model is told and mostly follows, within some 10 dB,
 * and a material that is asked for may move all of them; here each hit is brought to within TOLERANCE_DB of its level. What
 * it varies by within that is left to it: hits that are all alike sound like a machine.
 *
 * [Note: the gain changes under the attack] From just before its attack to just before the next one, a hit and its tail have
 * one gain. Where a point has nothing, or no more than the tail of the hit before it, that goes on as it is.
 */
import { dbToGain } from '@shared/audible'
import { CLOSING_SAMPLES, EARLY_SAMPLES, SETTLED_SAMPLES } from './decay-gate'
import { joined, type Sound, type SoundFilter } from './sound'

const TOLERANCE_DB = 3
const MOST_DB = 20
/** Peaks below it are no hits. */
const SILENCE_DB = -60
/** 2 ms. */
const RAMP_SAMPLES = 96
/** An attack is where half of the peak is first reached. */
const ATTACK_SHARE = 0.5

export interface LevelledRange {
  readonly points: readonly { readonly atSample: number; readonly levelDb: number }[]
  /** Samples that may change; those around them belong to a known take. */
  readonly fromSample: number
  readonly toSample: number
  /** Whether a known take goes on behind the range. */
  readonly goesOn: boolean
}

/** Where the hit of a point is looked for, no farther than half way to the next, and its peak level in dBFS. */
interface Reach {
  readonly fromSample: number
  readonly toSample: number
  readonly levelDb: number
}

/** Takes mono 48 kHz in order of time and gives it back, up to 120 ms behind. */
export class PointLevels implements SoundFilter {
  readonly #reaches: Reach[]
  #pending: Sound = { fromSample: 0, samples: new Float32Array(0) }
  #gain = 1
  /** Pending samples before it have their gain. */
  #done = 0

  constructor(private readonly range: LevelledRange) {
    this.#reaches = reachesOf(range)
  }

  push(sound: Sound): Sound {
    this.#pending = joined(this.#pending, sound)
    const end = sound.fromSample + sound.samples.length
    while (this.#reaches[0] && this.#reaches[0].toSample <= end) this.#change(this.#reaches.shift()!)
    return this.#release(Math.min(end, this.#reaches[0]?.fromSample ?? end))
  }

  finish(): Sound {
    for (const reach of this.#reaches.splice(0)) this.#change(reach)
    return this.#release(this.#pending.fromSample + this.#pending.samples.length)
  }

  /** From the attack of `reach` on there is the gain that brings it to its level. */
  #change({ fromSample, toSample, levelDb }: Reach): void {
    const start = this.#pending.fromSample
    const near = this.#pending.samples.subarray(Math.max(0, fromSample - start), Math.max(0, toSample - start))
    const peak = near.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    const attack = near.findIndex((sample) => Math.abs(sample) >= ATTACK_SHARE * peak)
    if (attack < RAMP_SAMPLES && fromSample > this.range.fromSample) return
    const ramp = fromSample + Math.max(0, attack - RAMP_SAMPLES)
    this.#apply(ramp, this.#gain)
    const gain = gainTo(levelDb, peak)
    this.#apply(Math.min(ramp + RAMP_SAMPLES, toSample), gain)
    this.#gain = gain
  }

  /** Gives all pending samples up to `until` their gain, which goes to `gain` in a straight line. */
  #apply(until: number, gain: number): void {
    const { fromSample: start, samples } = this.#pending
    const from = Math.max(this.#done, start)
    const end = Math.min(until, start + samples.length)
    for (let at = from; at < end; at += 1) {
      const here = this.#gain + ((gain - this.#gain) * (at - from)) / (end - from)
      if (here !== 1) samples[at - start]! *= 1 + (here - 1) * this.#share(at)
    }
    this.#done = Math.max(from, end)
  }

  /** Of the gain, at a sample: none outside of the range, less and less before what goes on behind it. */
  #share(at: number): number {
    const { fromSample, toSample, goesOn } = this.range
    if (at < fromSample || at >= toSample) return 0
    return goesOn ? Math.min(1, (toSample - at) / CLOSING_SAMPLES) : 1
  }

  #release(until: number): Sound {
    const { fromSample, samples } = this.#pending
    const count = Math.max(0, until - fromSample)
    this.#apply(fromSample + count, this.#gain)
    this.#pending = { fromSample: fromSample + count, samples: samples.slice(count) }
    return { fromSample, samples: samples.subarray(0, count) }
  }
}

function reachesOf({ points, fromSample, toSample }: LevelledRange): Reach[] {
  const inside = points
    .filter(({ atSample }) => atSample >= fromSample && atSample < toSample)
    .toSorted((a, b) => a.atSample - b.atSample)
  const halfWay = (index: number): number => (inside[index]!.atSample + inside[index + 1]!.atSample) / 2
  return inside.map(({ atSample, levelDb }, index) => {
    const earliest = index === 0 ? fromSample : halfWay(index - 1)
    const latest = index === inside.length - 1 ? toSample : halfWay(index)
    return {
      fromSample: Math.round(Math.max(atSample - EARLY_SAMPLES, earliest)),
      toSample: Math.round(Math.min(atSample + SETTLED_SAMPLES, latest)),
      levelDb
    }
  })
}

/** What brings a hit of that `peak` to within the tolerance of its level. */
function gainTo(levelDb: number, peak: number): number {
  const off = 20 * Math.log10(peak) - levelDb
  if (off + levelDb < SILENCE_DB || Math.abs(off) <= TOLERANCE_DB) return 1
  return dbToGain(-Math.sign(off) * Math.min(Math.abs(off) - TOLERANCE_DB, MOST_DB))
}
