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

/**
 * Features and suggested sync points. Memory does not grow with the film but by its features. Errors: `ffmpeg.*`, `engine.*`.
 *
 * [Note: the time of what is seen] A frame of the visual grid shows the newest picture, up to a frame of the film old. The
 * encoder learned from such frames when a hit is, so what it says is about the instant, and the instant is the position
 * of its features. With the pictures' own times there, films of 29.97 fps sounded 17 ms early (docs/quality-log.md).
 */
export async function lookAt(
  { film, media, engine, visual, frames, watch }: Look,
  options: Omit<EncodeOptions, 'expectedFrames'>
): Promise<EncodedFilm> {
  const { rateHz, width, height, fit } = visual
  const part = frames ? { fromSec: frames.firstFrame / rateHz, frameCount: frames.count } : {}
  const stream: AsyncIterable<RgbFrame> = streamFrames(
    film,
    { rateHz, width, height, fit, ...part },
    media,
    options.signal
  )
  const expectedFrames = frames?.count ?? Math.max(1, Math.ceil(film.durationSec * rateHz))
  return engine.encode(watch ? watch(stream) : stream, { ...options, expectedFrames })
}
