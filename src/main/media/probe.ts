/** What is in a media file, or why it cannot be used. */
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FoleyError } from '@shared/errors'
import { inputArguments } from './arguments'
import { describe, isFilm, type ProbeReport, reportSchema } from './ffprobe-report'
import { type FileStructure, readFileStructure } from './file-structure'
import type { MediaInfo, VideoStream } from './media-info'
import { runTool } from './spawn'
import type { MediaTools } from './tools'

export interface ProbeOptions {
  readonly signal?: AbortSignal | undefined
  /** What the caller cannot do without; `video` when left out. */
  readonly require?: 'video' | 'audio'
}

/**
 * Reads streams, times and rates. The whole file is read only when its end is missing or it states no length.
 *
 * @throws FoleyError `input.unreadable`, `input.empty`, `input.not-media`, `input.no-video`, `input.no-audio`
 */
export async function probe(path: string, tools: MediaTools, options: ProbeOptions = {}): Promise<MediaInfo> {
  const { signal, require: needed = 'video' } = options
  await assertReadable(path)
  const structure = await readFileStructure(path)
  const report = await askFfprobe(path, tools, signal)
  const { format } = report
  if (report.error || !format) throw notMedia(path, structure)
  if (!isFilm(format)) throw notFilm(path)

  const described = describe(report, format)
  const { video, audio } = described
  if (!video && audio.length === 0) throw report.streams.length === 0 ? nothingInside(path) : notFilm(path)
  if (needed === 'video' && !video) throw noVideo(path)
  if (needed === 'audio' && audio.length === 0) throw noAudio(path)

  const truncated = !structure.complete
  const lastGoodSec =
    truncated || described.durationSec === undefined
      ? await lastPacketEnd(path, tools, video, truncated, signal)
      : undefined
  const durationSec = lastGoodSec === undefined ? described.durationSec : lastGoodSec - described.startSec
  if (durationSec === undefined || durationSec <= 0) throw nothingInside(path)
  return {
    ...described,
    path: resolve(path),
    durationSec,
    truncated,
    pictureEdits: structure.pictureEdits,
    warnings: truncated ? [truncatedWarning(path, described.durationSec, durationSec)] : []
  }
}

/** The picture of a film that was probed for one. @throws FoleyError `input.no-video` */
export function pictureOf(media: MediaInfo): VideoStream {
  if (!media.video) throw noVideo(media.path)
  return media.video
}

async function assertReadable(path: string): Promise<void> {
  try {
    const file = await open(path)
    try {
      const stats = await file.stat()
      if (!stats.isFile()) throw unreadable(path, 'it is not a file')
      if (stats.size === 0) throw nothingInside(path)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof FoleyError) throw error
    throw unreadable(path, 'it is missing, or reading it is not allowed', error)
  }
}

async function askFfprobe(path: string, tools: MediaTools, signal?: AbortSignal): Promise<ProbeReport> {
  const show = ['-show_error', '-show_format', '-show_streams', '-of', 'json']
  const args = ['-v', 'quiet', ...show, ...inputArguments(path)]
  const { stdout } = await runTool(tools.ffprobe, args, { signal, acceptFailure: true })
  const parsed = reportSchema.safeParse(parseJson(stdout))
  if (parsed.success) return parsed.data
  throw new FoleyError(
    'ffmpeg.failed',
    `${tools.ffprobe} gave no report.`,
    'Set FFPROBE_BIN to ffprobe 4.4 or later.',
    {
      detail: parsed.error.message
    }
  )
}

/** End of the last whole packet on the file's own clock; undefined when there is none. */
async function lastPacketEnd(
  path: string,
  tools: MediaTools,
  video: VideoStream | undefined,
  truncated: boolean,
  signal?: AbortSignal
): Promise<number | undefined> {
  // A film that was cut off ends with its picture; one that states no length, with whatever ends last.
  const select = truncated && video ? ['-select_streams', String(video.index)] : []
  const show = ['-show_entries', 'packet=pts_time,duration_time,flags', '-of', 'csv=print_section=0']
  const args = ['-v', 'quiet', '-fflags', '+discardcorrupt', ...select, ...show, ...inputArguments(path)]
  const frameSec = video ? video.avgRate.den / video.avgRate.num : 0
  let end: number | undefined
  const onLine = (line: string): void => {
    const [pts, duration, flags = ''] = line.split(',')
    const ptsSec = Number.parseFloat(pts ?? '')
    if (Number.isNaN(ptsSec) || flags.includes('D')) return
    const durationSec = Number.parseFloat(duration ?? '')
    end = Math.max(end ?? -Infinity, ptsSec + (Number.isNaN(durationSec) ? frameSec : durationSec))
  }
  await runTool(tools.ffprobe, args, { signal, onLine, acceptFailure: true })
  return end
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function truncatedWarning(path: string, statedSec: number | undefined, durationSec: number): string {
  const stated = statedSec === undefined ? 'its headers say' : `the ${statedSec.toFixed(2)} s that it states`
  const instead = statedSec !== undefined && statedSec <= durationSec ? '' : ` instead of ${stated}`
  return `${path} was cut off: it ends at ${durationSec.toFixed(2)} s${instead}. It is used up to its last good frame.`
}

const unreadable = (path: string, why: string, cause?: unknown): FoleyError =>
  new FoleyError('input.unreadable', `${path} cannot be read: ${why}.`, 'Check the path and its permissions.', {
    cause
  })

const nothingInside = (path: string): FoleyError =>
  new FoleyError(
    'input.empty',
    `${path} has a length of zero.`,
    'Copy or record the file again: there is nothing inside.'
  )

const notFilm = (path: string): FoleyError =>
  new FoleyError(
    'input.not-media',
    `${path} is not a film or a sound.`,
    'Choose a video file, for example an MP4, MOV, MKV, WebM, AVI or transport stream.'
  )

function notMedia(path: string, structure: FileStructure): FoleyError {
  if (structure.kind !== 'iso' || structure.hasIndex) return notFilm(path)
  return new FoleyError(
    'input.not-media',
    `${path} is an MP4 or MOV without its index: the recording was not finished, or the file was cut off.`,
    'Copy it again from where it came, or rebuild its index with a repair tool for MP4.'
  )
}

const noVideo = (path: string): FoleyError =>
  new FoleyError(
    'input.no-video',
    `${path} has no moving picture that ffmpeg can decode.`,
    'Choose a file with a video stream; a cover picture is not one.'
  )

const noAudio = (path: string): FoleyError =>
  new FoleyError('input.no-audio', `${path} has no sound.`, 'Choose a file with an audio stream.')
