/**
 * The row *oracle*: a recorded single sound, another for each clip and draw, placed at every reference onset and as loud
 * as its confidence. It passes through the same detectors as everything else and shows what a perfectly timed,
 * real-sounding track gets.
 *
 * [Note: where an oracle hits] The onset detector answers about 23 ms after the attack (median over the `train` clips of
 * Greatest Hits; 11 to 34 ms for nine in ten: its clock steps in 23 ms). A sound placed at the *answer* would itself be
 * late, and worse in the offset columns than a good model. So it is placed at the attack that the answer stands for:
 * the one nearest to 23 ms before, or that very moment where the attack detector heard none.
 */
import { detectAttacks } from './attacks'
import { ONSET_RATE } from './onset-strength'
import { detectOnsets } from './onsets'
import { noise, type Random } from './random'
import { resample } from './resample'
import type { ClipEvents, ClipTruth } from './score'
import type { MonoSound } from './sound'

/** Starts with its attack, peak 1, at 22 050 Hz. */
export type OneShot = Float32Array

export interface OneShotBank {
  /** What the table says: the folder, or that it was a synthetic click. */
  readonly name: string
  readonly shots: readonly OneShot[]
}

const LENGTH_SEC = 1
const FADE_SEC = 0.05
const DRAWS = 8
const DETECTOR_LAG_SEC = 0.023
const ATTACK_REACH_SEC = 0.04

/** A recording as a one-shot, or undefined when it does not hold exactly one attack in its first second. */
export function toOneShot(sound: MonoSound): OneShot | undefined {
  const samples = resample(sound.samples, sound.sampleRate, ONSET_RATE)
  const attacks = detectAttacks(samples, ONSET_RATE)
  const first = attacks[0]
  if (!first) return undefined
  const start = Math.round(first.timeSec * ONSET_RATE)
  if ((attacks[1]?.timeSec ?? Infinity) < first.timeSec + LENGTH_SEC) return undefined
  const shot = samples.slice(start, start + LENGTH_SEC * ONSET_RATE)
  const peak = shot.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  const fade = FADE_SEC * ONSET_RATE
  return shot.map((sample, i) => (sample / peak) * Math.min(1, (shot.length - i) / fade))
}

/** For whoever has no recordings at hand: 10 ms of decaying noise. */
export const CLICK_BANK: OneShotBank = {
  name: 'synthetic click',
  shots: [Float32Array.from(noise(0.1 * ONSET_RATE, 1), (value, i) => value * Math.exp(-i / (0.01 * ONSET_RATE)))]
}

/** See [Note: where an oracle hits]. */
function attackOf(onsetSec: number, attacksSec: readonly number[]): number {
  const expected = onsetSec - DETECTOR_LAG_SEC
  const gap = (attackSec: number): number => Math.abs(attackSec - expected)
  return attacksSec
    .filter((attackSec) => gap(attackSec) <= ATTACK_REACH_SEC)
    .reduce((best, attackSec) => (best === expected || gap(attackSec) < gap(best) ? attackSec : best), expected)
}

/** When a one-shot is played, in seconds from the clip's start, and how loud. */
export interface Hit {
  readonly timeSec: number
  readonly gain: number
}

/** The sound of one clip, [lengthSec * 22 050]. */
export function playHits(hits: readonly Hit[], lengthSec: number, shot: OneShot): Float32Array {
  const wave = new Float32Array(Math.round(lengthSec * ONSET_RATE))
  for (const { timeSec, gain } of hits) {
    const start = Math.max(0, Math.round(timeSec * ONSET_RATE))
    for (let i = 0; i < shot.length && start + i < wave.length; i += 1) wave[start + i]! += gain * shot[i]!
  }
  return wave
}

/** The reference's onsets, played. */
export function placeOneShots(truth: ClipTruth, shot: OneShot): Float32Array {
  const hits = truth.onsets.map(({ timeSec, confidence }) => ({
    timeSec: attackOf(timeSec, truth.attacksSec),
    gain: confidence
  }))
  return playHits(hits, truth.lengthSec, shot)
}

/** What the detectors hear in `play`, once with each of a few recordings of the bank. */
export function drawShots(bank: OneShotBank, random: Random, play: (shot: OneShot) => Float32Array): ClipEvents[] {
  return Array.from({ length: Math.min(DRAWS, bank.shots.length) }, () => {
    const wave = play(bank.shots[Math.floor(random() * bank.shots.length)]!)
    return {
      onsets: detectOnsets(wave, ONSET_RATE),
      attacksSec: detectAttacks(wave, ONSET_RATE).map(({ timeSec }) => timeSec)
    }
  })
}

/** One element for each draw. */
export function drawOracle(truth: ClipTruth, bank: OneShotBank, random: Random): ClipEvents[] {
  return drawShots(bank, random, (shot) => placeOneShots(truth, shot))
}
