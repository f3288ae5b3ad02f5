/** Writes the film anew: picture copied packet for packet, sound encoded once. */
import { extname } from 'node:path'
import { FoleyError } from '@shared/errors'
import type { OriginalMode } from '@shared/requests'
import { SAMPLE_RATE, secondsToSamples } from '@shared/time'
import { fileUrl, inputArguments, filmInput, QUIET } from './arguments'
import { containerFor, type OutputContainer } from './containers'
import { PROGRESS, progressLines } from './ffmpeg-progress'
import type { MediaInfo, VideoStream } from './media-info'
import { type MixGains, type MixPlan, parsePeakDb, planMix } from './mix'
import { assertDiskHasRoom, checkOutput, withTemporary } from './output'
import { pictureOf, probe } from './probe'
import { readLines, runTool } from './spawn'
import type { MediaTools } from './tools'
import { readWavInfo } from './wav-read'

export interface ExportPlan {
  /** Where the film is written: what was asked for, or that with another extension. */
  readonly path: string
  readonly container: OutputContainer
}

export interface ExportRequest extends MixGains {
  readonly film: MediaInfo
  readonly plan: ExportPlan
  /** What the person calls the file, where the plan's path is only its stage: an error about room names it. */
  readonly target?: string
  /** A WAV whose sample 0 is the film's time zero; silence follows where it is shorter than the film. */
  readonly foleyPath: string
  readonly original: OriginalMode
  /** Of the generated sound. */
  readonly gainDb: number
  /** Share of the film that is written, 0..1, never going back. */
  readonly onFraction?: (fraction: number) => void
}

/**
 * Decides where and in what container, so that a film that cannot be copied is refused before minutes of work.
 *
 * @throws FoleyError `request.unsupported`, `input.no-video`
 */
export function planExport(film: MediaInfo, outputPath: string): ExportPlan {
  if (film.pictureEdits > 1) {
    throw new FoleyError(
      'request.unsupported',
      `The picture of ${film.path} is put together from ${film.pictureEdits} pieces by an edit list, which copying would undo.`,
      'Export it once from an editor as a plain file and use that.'
    )
  }
  const requested = extname(outputPath)
  const container = containerFor(pictureOf(film).codec, requested)
  const isAsAsked = requested.toLowerCase() === container.extension
  const path = isAsAsked ? outputPath : outputPath.slice(0, -requested.length) + container.extension
  return { path, container }
}

/**
 * Writes the film and returns what the person should know. The target appears complete or not at all.
 *
 * @throws FoleyError `output.*`, `ffmpeg.failed`, `input.not-media` for the sound
 */
export async function exportFilm(
  request: ExportRequest,
  tools: MediaTools,
  signal?: AbortSignal
): Promise<readonly string[]> {
  const { film, plan, foleyPath, original, gainDb } = request
  await checkOutput(film.path, plan.path)
  const { channels } = await readWavInfo(foleyPath)
  const frames = secondsToSamples(film.durationSec)
  const mix = planMix(film, { channels, gainDb, frames }, original, plan.container, request)
  let peakDb = -Infinity
  await withTemporary(plan.path, async (temporary) => {
    try {
      const args = exportArguments(request, mix, temporary)
      peakDb = await write(args, film, tools, signal, request.onFraction)
      await assertWhole(temporary, film, mix, tools, signal)
    } catch (error) {
      // Any failure of a program that writes may be the disk's; an abort is neither.
      signal?.throwIfAborted()
      await assertDiskHasRoom(plan.path, request.target)
      throw error
    }
  })
  const { note } = plan.container
  return [...(note === undefined ? [] : [note]), ...mix.warnings, ...clippingWarning(peakDb)]
}

/** @returns the highest peak of the first track, dBFS */
async function write(
  args: readonly string[],
  film: MediaInfo,
  tools: MediaTools,
  signal: AbortSignal | undefined,
  onFraction: ExportRequest['onFraction']
): Promise<number> {
  let peakDb = -Infinity
  await runTool(tools.ffmpeg, args, {
    signal,
    onLine: progressLines(film.durationSec, (fraction) => onFraction?.(fraction)),
    readSidePipe: async (pipe) => {
      for await (const line of readLines(pipe)) peakDb = parsePeakDb(line) ?? peakDb
    }
  })
  onFraction?.(1)
  return peakDb
}

/** The arguments of the one call that writes the film. */
export function exportArguments(
  { film, plan, foleyPath }: Pick<ExportRequest, 'film' | 'plan' | 'foleyPath'>,
  mix: Pick<MixPlan, 'graph' | 'trackArguments'>,
  temporary: string
): string[] {
  const video = pictureOf(film)
  const isIso = plan.container.muxer !== 'matroska'
  return [
    ...QUIET,
    '-y',
    ...filmInput(film),
    ...inputArguments(foleyPath),
    ...['-filter_complex', mix.graph],
    ...['-map', `0:${video.index}`, '-c:v', 'copy', ...codecTag(film, video, isIso)],
    ...mix.trackArguments,
    ...(film.startSec === 0 ? [] : ['-output_ts_offset', (-film.startSec).toFixed(6)]),
    ...['-map_metadata', '0', '-map_chapters', '0', '-max_muxing_queue_size', '4096'],
    ...(isIso ? isoArguments(film, video) : ['-avoid_negative_ts', 'disabled']),
    ...[...PROGRESS, '-f', plan.container.muxer, fileUrl(temporary)]
  ]
}

/**
 * `movie_timescale`: edit lists, which carry late starts and the encoder's delay, count in ticks of the movie. ffmpeg's
 * 1,000 a second would move the picture by up to half a millisecond and cut up to 48 samples of sound.
 */
function isoArguments(film: MediaInfo, { timeBase }: VideoStream): string[] {
  const common = leastCommonMultiple(SAMPLE_RATE, timeBase.den)
  const movieTicks = common < 2 ** 31 ? common : SAMPLE_RATE
  const keepsTicks = timeBase.num === 1 && /^mov\b/.test(film.container)
  return [
    ...['-movie_timescale', String(movieTicks), '-movflags', '+faststart'],
    ...(keepsTicks ? ['-video_track_timescale', String(timeBase.den)] : [])
  ]
}

/** Apple's players take HEVC only under this name; a file that already is MP4 or MOV keeps its own. */
function codecTag(film: MediaInfo, { codec }: VideoStream, isIso: boolean): string[] {
  return isIso && codec === 'hevc' && !/^mov\b/.test(film.container) ? ['-tag:v', 'hvc1'] : []
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y !== 0) [x, y] = [y, x % y]
  return (a / x) * b
}

/** ffmpeg 5.1 ends with status 0 when the disk fills up while it writes the index: look at what is there. */
async function assertWhole(
  path: string,
  film: MediaInfo,
  mix: MixPlan,
  tools: MediaTools,
  signal: AbortSignal | undefined
): Promise<void> {
  const written = await probe(path, tools, { signal })
  if (!written.truncated && written.audio.length === mix.trackCount && written.video?.codec === film.video?.codec)
    return
  throw new FoleyError(
    'output.failed',
    'The file that ffmpeg wrote is not whole.',
    'Try again, or choose another place for the output.'
  )
}

/** The encoder keeps what is over full scale, and players cut it off. */
function clippingWarning(peakDb: number): string[] {
  if (peakDb <= 0) return []
  return [`The sound peaks ${peakDb.toFixed(1)} dB over full scale and will distort: lower its gain by as much.`]
}
