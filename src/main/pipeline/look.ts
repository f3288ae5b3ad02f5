/** The film's picture, frame by frame, through the encoder: the one step of the main job that looks. */
import type { PackManifest } from '@shared/pack'
import type { EncodedFilm, EncodeOptions, InferenceEngine, RgbFrame } from '../engine/types'
import { streamFrames } from '../media/frames'
import type { MediaInfo } from '../media/media-info'
import type { MediaTools } from '../media/tools'

export interface Look {
  readonly film: MediaInfo
  readonly media: MediaTools
  readonly engine: InferenceEngine
  readonly visual: PackManifest['visual']
  /** Left out: the whole film. Frames of the visual grid. */
  readonly frames?: { readonly firstFrame: number; readonly count: number }
  /** Sees the frames pass, to time them. */
  readonly watch?: <T>(frames: AsyncIterable<T>) => AsyncIterable<T>
}

/** Features and suggested sync points. Memory does not grow with the film but by its features. Errors: `ffmpeg.*`, `engine.*`. */
export async function lookAt(
  { film, media, engine, visual, frames, watch }: Look,
  options: Omit<EncodeOptions, 'expectedFrames'>
): Promise<EncodedFilm> {
  const { rateHz, width, height, fit } = visual
  const part = frames ? { fromSec: frames.firstFrame / rateHz, frameCount: frames.count } : {}
  const stream = asRgb(streamFrames(film, { rateHz, width, height, fit, ...part }, media, options.signal))
  const expectedFrames = frames?.count ?? Math.max(1, Math.ceil(film.durationSec * rateHz))
  return engine.encode(watch ? watch(stream) : stream, { ...options, expectedFrames })
}

async function* asRgb(
  frames: AsyncIterable<{ readonly rgb: Uint8Array; readonly ptsSec: number }>
): AsyncGenerator<RgbFrame, void, undefined> {
  for await (const { rgb, ptsSec } of frames) yield { rgb, timeSec: ptsSec }
}
