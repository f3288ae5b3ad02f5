/** Waveforms at several resolutions, for the timeline. */
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { PeakPyramid } from '@shared/ipc'
import { SAMPLE_RATE, secondsToSamples } from '@shared/time'
import { defaultAudio, streamAudio } from '../media/audio'
import type { MediaInfo } from '../media/media-info'
import { makeFolder, writeInto } from '../media/output'
import { peaksOf } from '../media/peaks'
import type { MediaTools } from '../media/tools'
import { streamWav } from './wav-slice'

const FINE = 64
const COARSE = 256
const FINE_UP_TO_SAMPLES = 600 * SAMPLE_RATE
/** From one level to the next. */
const STEP = 8
/** With every turn of the wheel a track of many short takes reads the coarsest level of each. */
const FEW_PAIRS = 32

export const EMPTY_PYRAMID: PeakPyramid = { samplesPerPeak: [], levels: [] }

/** A longer film has a coarser finest level. */
export const basePeak = (filmSamples: number): number => (filmSamples < FINE_UP_TO_SAMPLES ? FINE : COARSE)

/** Coarser levels over [min, max] pairs, until one has fewer than {@link FEW_PAIRS}. */
export function pyramidOf(finest: Float32Array, samplesPerPeak: number): PeakPyramid {
  const levels = [finest]
  const sizes = [samplesPerPeak]
  for (let level = finest; level.length / 2 >= FEW_PAIRS; levels.push(level)) {
    level = coarser(level)
    sizes.push(samplesPerPeak * STEP ** levels.length)
  }
  return { samplesPerPeak: sizes, levels }
}

function coarser(pairs: Float32Array): Float32Array {
  const count = Math.ceil(pairs.length / 2 / STEP)
  const level = new Float32Array(2 * count)
  for (let peak = 0; peak < count; peak += 1) {
    let [low, high] = [Infinity, -Infinity]
    const end = Math.min(pairs.length, 2 * STEP * (peak + 1))
    for (let at = 2 * STEP * peak; at < end; at += 2) {
      low = Math.min(low, pairs[at]!)
      high = Math.max(high, pairs[at + 1]!)
    }
    level[2 * peak] = low
    level[2 * peak + 1] = high
  }
  return level
}

/**
 * Of the film's own sound, its lowest and highest sample over all channels; empty for a silent film. The finest level is
 * kept in `cachePath`.
 *
 * @throws FoleyError `ffmpeg.failed`
 */
export async function originalPeaks(
  film: MediaInfo,
  cachePath: string,
  tools: MediaTools,
  signal?: AbortSignal
): Promise<PeakPyramid> {
  if (film.audio.length === 0) return EMPTY_PYRAMID
  const frames = secondsToSamples(film.durationSec)
  const base = basePeak(frames)
  const kept = await readPairs(cachePath, Math.ceil(frames / base))
  if (kept) return pyramidOf(kept, base)
  const { channels } = defaultAudio(film)
  const chunks = streamAudio(film, { sampleRate: SAMPLE_RATE, channels: 'keep' }, tools, signal)
  const pairs = await peaksOf(chunks, base, channels)
  // The film may be shown without a cache.
  await writePairs(cachePath, pairs).catch(() => undefined)
  return pyramidOf(pairs, base)
}

/** Of a take, from its first sample on; as fine as the film's. @throws FoleyError `input.*` */
export async function takePeaks(wavPath: string, filmSamples: number): Promise<PeakPyramid> {
  const base = basePeak(filmSamples)
  return pyramidOf(await peaksOf(streamWav(wavPath), base, 1), base)
}

async function readPairs(path: string, count: number): Promise<Float32Array | undefined> {
  const bytes = await readFile(path).catch(() => undefined)
  // A file of another length is of another version of the film or of this program.
  if (bytes?.length !== count * 2 * 4) return undefined
  const pairs = new Float32Array(count * 2)
  new Uint8Array(pairs.buffer).set(bytes)
  return pairs
}

async function writePairs(path: string, pairs: Float32Array): Promise<void> {
  await makeFolder(dirname(path))
  await writeInto(path, new Uint8Array(pairs.buffer, pairs.byteOffset, pairs.byteLength))
}
