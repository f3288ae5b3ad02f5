/**
 * Frames by timestamp: what is on screen at each instant of a grid.
 *
 * [Note: why not the fps filter] `fps=F` rounds to the nearest frame, so it shows the future, and drops a late start.
 * Here ffmpeg decodes and shrinks every frame and hands over each with its own timestamp; {@link FrameGrid} chooses.
 */
import { FoleyError } from '@shared/errors'
import { onOwnClock, QUIET } from './arguments'
import { FrameGrid, type GridFrame, gridRange, type GridRange, roundingSlackSec, type TimedFrame } from './grid'
import type { MediaInfo, VideoStream } from './media-info'
import { pictureOf } from './probe'
import { readLines, readPipe, startTool, toolFailed } from './spawn'
import type { MediaTools } from './tools'

export type Fit = 'stretch' | 'cover' | 'contain'

export interface FramesRequest {
  readonly rateHz: number
  readonly width: number
  readonly height: number
  /** How a film's shape meets the frame: distorted, cut at the edges, or with black bars. */
  readonly fit: Fit
  /** Instants within [fromSec, toSec); the whole film when left out. */
  readonly fromSec?: number
  readonly toSec?: number
  /** Instead of `toSec`: exactly so many instants; past the end the last frame stays. */
  readonly frameCount?: number
  /** Told once, when the last instant is settled. */
  readonly onEnd?: (summary: FramesSummary) => void
}

/** What decoding found out. */
export interface FramesSummary {
  readonly decodedFrames: number
  readonly lastPtsSec: number
}

/** Decoding starts so long before the first instant; where a file has a poor index, longer, and last from its start. */
const PREROLL_SEC = [1, 10, Infinity] as const

/**
 * The frame on screen at each instant, `rgb` [height * width * 3], upright and in the film's true shape before `fit`.
 * Nothing is read ahead of the consumer but a pipe's worth, so that memory does not grow with the film.
 *
 * @throws FoleyError `input.no-video`, `input.empty`, `ffmpeg.failed`
 */
export async function* streamFrames(
  media: MediaInfo,
  request: FramesRequest,
  tools: MediaTools,
  signal?: AbortSignal
): AsyncGenerator<GridFrame, void, undefined> {
  const video = pictureOf(media)
  const range = requestedRange(media, request)
  const slackSec = roundingSlackSec(video.timeBase.num / video.timeBase.den)
  const firstSec = range.firstIndex / range.rateHz
  for (const prerollSec of PREROLL_SEC) {
    const seekSec = firstSec - prerollSec
    const startsAtBeginning = seekSec <= video.startSec
    const grid = new FrameGrid(range, slackSec)
    let decodedFrames = 0
    let lastPtsSec = 0
    for await (const frame of decode(media, request, startsAtBeginning ? undefined : seekSec, tools, signal)) {
      const isTooLate = decodedFrames === 0 && frame.ptsSec > firstSec + slackSec
      if (isTooLate && !startsAtBeginning) break
      decodedFrames += 1
      lastPtsSec = frame.ptsSec
      yield* grid.push(frame)
      if (grid.done) break
    }
    if (decodedFrames === 0 && !startsAtBeginning) continue
    if (decodedFrames === 0) throw nothingDecoded(media.path)
    yield* grid.finish()
    request.onEnd?.({ decodedFrames, lastPtsSec })
    return
  }
}

function requestedRange(media: MediaInfo, request: FramesRequest): GridRange {
  const { rateHz, fromSec = 0, toSec = media.durationSec, frameCount } = request
  const range = gridRange(rateHz, fromSec, toSec)
  return frameCount === undefined ? range : { ...range, count: frameCount }
}

/** Every decoded frame from a key frame at or before `seekSec` on, in presentation order. */
async function* decode(
  media: MediaInfo,
  request: FramesRequest,
  seekSec: number | undefined,
  tools: MediaTools,
  signal: AbortSignal | undefined
): AsyncGenerator<TimedFrame> {
  const { timeBase } = pictureOf(media)
  const tool = startTool(tools.ffmpeg, frameArguments(media, request, seekSec, tools), signal)
  const times = readLines(tool.sidePipe)
  let ended = false
  let lastSec = -Infinity
  try {
    for await (const rgb of readPieces(readPipe(tool.stdout), request.width * request.height * 3)) {
      const ticks = await nextTimestamp(times)
      if (ticks === undefined) break
      // A broken stream may step back in time; what it shows does not.
      lastSec = Math.max(lastSec, (ticks * timeBase.num) / timeBase.den - media.startSec)
      yield { ptsSec: lastSec, rgb }
    }
    ended = true
  } finally {
    if (!ended) await tool.stop()
  }
  const exit = await tool.finished
  // A file that was cut off makes the decoder complain about its last packet; what came before is good.
  if (exit.exitCode !== 0 && !media.truncated) throw toolFailed(tools.ffmpeg, exit)
}

/**
 * The same frames go out twice: raw on stdout, and to `framecrc` on descriptor 3, which prints each timestamp in ticks of
 * the stream. framecrc comes first and unbuffered, so that a time is always there before its frame.
 */
export function frameArguments(
  media: MediaInfo,
  request: Pick<FramesRequest, 'width' | 'height' | 'fit'>,
  seekSec: number | undefined,
  tools: Pick<MediaTools, 'fpsModeFlag'>
): string[] {
  const video = pictureOf(media)
  const everyFrame = [tools.fpsModeFlag, 'passthrough', '-enc_time_base', ticksOf(video), '-c:v', 'rawvideo']
  const seek =
    seekSec === undefined
      ? []
      : // Counted on the file's own clock, and not refined: frames before the target are needed.
        ['-seek_timestamp', '1', '-noaccurate_seek', '-ss', (seekSec + media.startSec).toFixed(6)]
  return [
    ...QUIET,
    ...(media.truncated ? ['-fflags', '+discardcorrupt'] : []),
    ...seek,
    ...onOwnClock(media.path),
    '-filter_complex',
    `[0:${video.index}]${fitFilter(request)},split[times][frames]`,
    ...['-map', '[times]', ...everyFrame, '-flush_packets', '1', '-f', 'framecrc', 'pipe:3'],
    ...['-map', '[frames]', ...everyFrame, '-f', 'rawvideo', 'pipe:1']
  ]
}

const ticksOf = ({ timeBase }: VideoStream): string => `${timeBase.num}:${timeBase.den}`

/**
 * ffmpeg turns the picture upright before this. `dar` is the display's shape, sample aspect included. Area averaging is
 * what shrinking needs: no aliasing, and every source pixel counts once.
 */
export function fitFilter({ width, height, fit }: Pick<FramesRequest, 'width' | 'height' | 'fit'>): string {
  const scale = (w: string, h: string): string =>
    `scale=w='${w}':h='${h}':flags=area+accurate_rnd+full_chroma_int,setsar=1,format=rgb24`
  switch (fit) {
    case 'stretch':
      return scale(String(width), String(height))
    case 'cover':
      return `${scale(`max(${width},round(${height}*dar))`, `max(${height},round(${width}/dar))`)},crop=${width}:${height}`
    case 'contain':
      return (
        `${scale(`max(1,min(${width},round(${height}*dar)))`, `max(1,min(${height},round(${width}/dar)))`)},` +
        `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`
      )
  }
}

/** Lines of framecrc: "0, dts, pts, duration, size, checksum", after a head of lines with "#". */
async function nextTimestamp(lines: AsyncGenerator<string>): Promise<number | undefined> {
  for (;;) {
    const line = await lines.next()
    if (line.done === true) return undefined
    if (!line.value.startsWith('#')) return Number(line.value.split(',')[2])
  }
}

/** Cuts a byte stream into pieces of one size; a broken last piece is dropped. */
async function* readPieces(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(bytes)
  let filled = 0
  for await (const chunk of chunks) {
    let used = 0
    while (used < chunk.length) {
      const part = chunk.subarray(used, used + bytes - filled)
      piece.set(part, filled)
      used += part.length
      filled += part.length
      if (filled < bytes) continue
      yield piece
      piece = new Uint8Array(bytes)
      filled = 0
    }
  }
}

const nothingDecoded = (path: string): FoleyError =>
  new FoleyError(
    'input.empty',
    `Not one frame of ${path} could be decoded.`,
    'Check that the file plays elsewhere, and copy it again from where it came.'
  )
