/**
 * Films that were brought from 30 to 25 frames a second by leaving out frames, and how late their pictures are.
 *
 * [Note: converted films] What is left out makes the motion jump in a cadence, once in five frames. Recordings that have
 * it show their hits a frame of the source later than recordings that were not converted (docs/quality-log.md, "Recordings
 * have offsets of their own"). What is seen then counts as that much earlier: a new project begins with this picture
 * offset, in the editor's sight and hands. training/conversion.py has the same arithmetic and its evidence; it judges
 * once, over as long as is looked at here.
 *
 * Only what ffmpeg encoded is looked at: it is what is known to delay pictures so (docs/quality-log.md), as all of those
 * recordings were; and films of cameras and editing systems open without being decoded once more.
 */
import { FoleyError } from '@shared/errors'
import { mean, quantile } from '@shared/statistics'
import { filmRate } from './film-rate'
import { streamFrames } from './frames'
import type { MediaInfo } from './media-info'
import { pictureOf } from './probe'
import type { MediaTools } from './tools'

const CONVERTED_HZ = 25
const SOURCES_HZ = [30_000 / 1001, 30] as const
const LEAST_STRENGTH = 16
/** Frame changes: four seconds. */
const LEAST_CHANGES = 100
const NEIGHBOURS = 4
/**
 * A cadence gets stronger by the second, noise does not. It is judged every five seconds from the tenth on; from the
 * fifteenth on the look ends with what grew by less than 0.2 a second. The slowest of the `train` recordings has 2.3 after
 * ten seconds, 9.4 after fifteen and 18 after twenty.
 */
const FIRST_JUDGED = 250
const GIVES_UP_FROM = 375
const JUDGED_EVERY = 125
const LEAST_GROWTH_PER_SEC = 0.2
const LOOKED_AT_SEC = LEAST_STRENGTH / LEAST_GROWTH_PER_SEC
const SIZE = 64

/** Seconds, in whole milliseconds, by which the pictures of a converted film are late; 0 for any other. */
export async function pictureLatenessSec(film: MediaInfo, tools: MediaTools, signal?: AbortSignal): Promise<number> {
  const { avgRate, rRate, encoder } = pictureOf(film)
  const { num, den } = filmRate(avgRate, rRate)
  if (num !== CONVERTED_HZ * den || !encoder?.startsWith('Lavc')) return 0
  try {
    const sourceHz = await judged(pictureChanges(film, tools, signal))
    return sourceHz === undefined ? 0 : Math.round(1000 / sourceHz) / 1000
  } catch (error) {
    // A picture that cannot be decoded keeps no film from opening; where it is needed it is said what to do.
    if (error instanceof FoleyError) return 0
    throw error
  }
}

/** What an editor or a command's caller is told of it. */
export function latenessWarning(latenessSec: number): string {
  const milliseconds = Math.round(latenessSec * 1000)
  return (
    `This film was converted from 30 to 25 frames a second by leaving out frames, and such pictures are late: the ` +
    `picture offset is −${milliseconds} ms. Set it to 0 where hits come too early.`
  )
}

/** Mean absolute difference between neighbouring frames, 0..255, of as much of the film as is looked at. */
async function* pictureChanges(film: MediaInfo, tools: MediaTools, signal?: AbortSignal): AsyncGenerator<number> {
  const toSec = Math.min(film.durationSec, LOOKED_AT_SEC)
  const request = { rateHz: CONVERTED_HZ, width: SIZE, height: SIZE, fit: 'stretch', toSec } as const
  let before: Uint8Array | undefined
  for await (const { rgb } of streamFrames(film, request, tools, signal)) {
    if (before) yield meanDifference(before, rgb)
    before = rgb
  }
}

function meanDifference(before: Uint8Array, after: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < after.length; i++) sum += Math.abs(after[i]! - before[i]!)
  return sum / after.length
}

/** {@link convertedFrom} of no more changes than it takes to tell. */
export async function judged(stream: AsyncIterable<number>): Promise<number | undefined> {
  const changes: number[] = []
  for await (const change of stream) {
    changes.push(change)
    if (changes.length < FIRST_JUDGED || changes.length % JUDGED_EVERY !== 0) continue
    const { hz, strength } = strongestCadence(changes)
    if (strength >= LEAST_STRENGTH) return hz
    const isHopeless = strength < (LEAST_GROWTH_PER_SEC * changes.length) / CONVERTED_HZ
    if (isHopeless && changes.length >= GIVES_UP_FROM) return undefined
  }
  return convertedFrom(changes)
}

/** The frame rate that a film of 25 frames a second was converted from; undefined where it was not. */
export function convertedFrom(changes: readonly number[]): number | undefined {
  if (changes.length < LEAST_CHANGES) return undefined
  const { hz, strength } = strongestCadence(changes)
  return strength >= LEAST_STRENGTH ? hz : undefined
}

function strongestCadence(changes: readonly number[]): { readonly hz: number; readonly strength: number } {
  const strengths = SOURCES_HZ.map((hz) => ({ hz, strength: cadenceStrength(changes, hz / CONVERTED_HZ - 1) }))
  return strengths.reduce((a, b) => (b.strength > a.strength ? b : a))
}

/**
 * Power at one frequency and its octave, in parts of what white noise has there, of how each change from frame to frame
 * stands out from its neighbours.
 */
export function cadenceStrength(changes: readonly number[], cyclesPerFrame: number): number {
  const levels = changes.map((change) => Math.log(change + 0.05))
  const jumps = levels.map((level, i) => {
    const around = quantile(levels.slice(Math.max(0, i - NEIGHBOURS), i + NEIGHBOURS + 1), 0.5)!
    return Math.min(1, Math.max(-1, level - around))
  })
  const centre = mean(jumps) ?? 0
  const centred = jumps.map((jump) => jump - centre)
  const energy = centred.reduce((sum, jump) => sum + jump ** 2, 0)
  const power = powerAt(centred, cyclesPerFrame) + powerAt(centred, 2 * cyclesPerFrame)
  return power / (energy + 1e-9)
}

function powerAt(values: readonly number[], cyclesPerFrame: number): number {
  let [real, imaginary] = [0, 0]
  for (const [i, value] of values.entries()) {
    real += value * Math.cos(2 * Math.PI * cyclesPerFrame * i)
    imaginary += value * Math.sin(2 * Math.PI * cyclesPerFrame * i)
  }
  return real ** 2 + imaginary ** 2
}
