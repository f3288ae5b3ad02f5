/** Sound as samples, placed on the container's timeline to the sample. */
import { FoleyError } from '@shared/errors'
import { onOwnClock, QUIET } from './arguments'
import type { AudioStream, MediaInfo } from './media-info'
import { readPipe, startTool, toolFailed } from './spawn'
import type { MediaTools } from './tools'

export interface AudioRequest {
  readonly sampleRate: number
  /** 1 is the mean of left and right (down-mixed without clipping from more); `keep` leaves them as they are. */
  readonly channels: 1 | 2 | 'keep'
  /** Seconds from time zero; the whole film when left out. */
  readonly fromSec?: number
  readonly durationSec?: number
  /** A stream's `index`; the default stream when left out. */
  readonly streamIndex?: number
}

/** Overlapping transforms need the packet before; a second is plenty and costs nothing. */
const PREROLL_SEC = 1

/** The stream that players choose. @throws FoleyError `input.no-audio` */
export function defaultAudio(media: MediaInfo): AudioStream {
  const stream = media.audio.find(({ isDefault }) => isDefault) ?? media.audio[0]
  if (stream) return stream
  throw new FoleyError('input.no-audio', `${media.path} has no sound.`, 'Choose a file with an audio stream.')
}

/**
 * Interleaved samples [frames * channels], nominally -1..1; frames = round(durationSec * sampleRate) always: what the
 * stream lacks at either end, or in a gap, is silence.
 *
 * @throws FoleyError `input.no-audio`, `ffmpeg.failed`
 */
export async function decodeAudio(
  media: MediaInfo,
  request: AudioRequest,
  tools: MediaTools,
  signal?: AbortSignal
): Promise<Float32Array> {
  const { frames, channels } = extent(media, request)
  const samples = new Float32Array(frames * channels)
  let filled = 0
  for await (const chunk of streamAudio(media, request, tools, signal)) {
    samples.set(chunk, filled)
    filled += chunk.length
  }
  return samples
}

/** The same in chunks of at most a pipe's worth, each a whole number of frames. */
export async function* streamAudio(
  media: MediaInfo,
  request: AudioRequest,
  tools: MediaTools,
  signal?: AbortSignal
): AsyncGenerator<Float32Array, void, undefined> {
  const { stream, frames, channels, firstFrame } = extent(media, request)
  let left = frames * channels
  if (left === 0) return
  const tool = startTool(tools.ffmpeg, audioArguments(media, request, stream, firstFrame), signal)
  tool.sidePipe.resume()
  let ended = false
  try {
    for await (const decoded of readFloats(readPipe(tool.stdout), channels)) {
      const chunk = decoded.subarray(0, left)
      left -= chunk.length
      yield chunk
      if (left === 0) return
    }
    ended = true
  } finally {
    if (!ended) await tool.stop()
  }
  const exit = await tool.finished
  if (exit.exitCode !== 0 && !media.truncated) throw toolFailed(tools.ffmpeg, exit)
  while (left > 0) {
    const silence = new Float32Array(Math.min(left, channels * 16_384))
    left -= silence.length
    yield silence
  }
}

interface Extent {
  readonly stream: AudioStream
  readonly channels: number
  readonly firstFrame: number
  readonly frames: number
}

function extent(media: MediaInfo, request: AudioRequest): Extent {
  const { sampleRate, fromSec = 0, streamIndex } = request
  const stream = media.audio.find(({ index }) => index === streamIndex) ?? defaultAudio(media)
  const durationSec = request.durationSec ?? Math.max(0, media.durationSec - fromSec)
  return {
    stream,
    channels: request.channels === 'keep' ? stream.channels : request.channels,
    firstFrame: Math.round(fromSec * sampleRate),
    frames: Math.round(durationSec * sampleRate)
  }
}

function audioArguments(media: MediaInfo, request: AudioRequest, stream: AudioStream, firstFrame: number): string[] {
  const seekSec = firstFrame / request.sampleRate - PREROLL_SEC
  const seek =
    seekSec <= Math.max(0, stream.startSec)
      ? []
      : ['-seek_timestamp', '1', '-noaccurate_seek', '-ss', (seekSec + media.startSec).toFixed(6)]
  const layout = request.channels === 'keep' ? '' : `,${toChannels(stream.channels, request.channels)}`
  return [
    ...QUIET,
    ...seek,
    ...onOwnClock(media.path),
    ...['-map', `0:${stream.index}`],
    ...['-af', `${placed(media, request.sampleRate, request.fromSec)}${layout}`],
    ...['-f', 'f32le', 'pipe:1']
  ]
}

/**
 * Resampled so that the first sample is the one at `fromSec` after time zero: earlier sound is dropped, a late start and
 * gaps are silence; timestamps count from there. `min_comp`: shift for less than the usual millisecond too.
 * `rematrix_maxval`: a down-mix does not clip.
 */
export function placed(media: MediaInfo, sampleRate: number, fromSec = 0): string {
  const first = Math.round(media.startSec * sampleRate) + Math.round(fromSec * sampleRate)
  return `aresample=${sampleRate}:async=1:min_comp=0.000001:first_pts=${first}:rematrix_maxval=1,asetpts=N`
}

/** Mono goes to both sides as it is (ffmpeg would lower it by 3 dB, an equal-power pan that nobody asked for). */
export function toChannels(from: number, to: 1 | 2): string {
  return from === 1 && to === 2 ? 'pan=stereo|c0=c0|c1=c0' : `aformat=channel_layouts=${to === 1 ? 'mono' : 'stereo'}`
}

/** Little-endian floats, cut at whole frames. */
async function* readFloats(chunks: AsyncIterable<Buffer>, channels: number): AsyncGenerator<Float32Array> {
  const frameBytes = 4 * channels
  let rest = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = bytes.length - (bytes.length % frameBytes)
    rest = Buffer.from(bytes.subarray(whole))
    if (whole === 0) continue
    const floats = new Float32Array(whole / 4)
    // Copying the bytes aligns them; every platform that Electron runs on is little-endian.
    new Uint8Array(floats.buffer).set(bytes.subarray(0, whole))
    yield floats
  }
}
