/** The part of ffprobe's JSON that is used, and how it becomes a {@link MediaInfo}. Pure. */
import { z } from 'zod'
import { parseRational, type Rational } from '@shared/time'
import type { AudioStream, MediaInfo, VideoStream } from './media-info'

const tags = z.record(z.string(), z.string()).default({})
/** ffprobe writes numbers as text and leaves out, or writes "N/A", what it does not know. */
const seconds = z
  .string()
  .optional()
  .transform((text) => (text === undefined || !Number.isFinite(Number(text)) ? undefined : Number(text)))

const streamSchema = z.object({
  index: z.number().int(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  sample_aspect_ratio: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  r_frame_rate: z.string().optional(),
  time_base: z.string().optional(),
  start_time: seconds,
  duration: seconds,
  sample_rate: z.string().optional(),
  channels: z.number().optional(),
  disposition: z.record(z.string(), z.number()).default({}),
  tags,
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([])
})
type Stream = z.infer<typeof streamSchema>

export const reportSchema = z.object({
  /** FFmpeg's own numbers: -errno, or a four-character tag. */
  error: z.object({ code: z.number() }).optional(),
  streams: z.array(streamSchema).default([]),
  format: z.object({ format_name: z.string(), start_time: seconds, duration: seconds, tags }).optional()
})
export type ProbeReport = z.infer<typeof reportSchema>
type Format = NonNullable<ProbeReport['format']>

/** What the report alone says; `durationSec` is undefined where only reading the packets can tell. */
export type Described = Pick<MediaInfo, 'container' | 'startSec' | 'video' | 'audio'> & {
  readonly durationSec: number | undefined
}

/** Still pictures have a demuxer each ("png_pipe"), and text passes for terminal art ("tty"). */
export const isFilm = (format: Format): boolean => !/(_pipe$|^image2|^tty$)/.test(format.format_name)

export function describe(report: ProbeReport, format: Format): Described {
  const startSec = timeZero(format)
  const audio = report.streams.filter((stream) => stream.codec_type === 'audio' && stream.codec_name !== undefined)
  const picture = report.streams.find(isPicture)
  const timecode = findTimecode(report, format)
  const durationSec = wholeDuration(report, format, startSec)
  return {
    container: format.format_name,
    startSec,
    durationSec,
    ...(picture ? { video: videoStream(picture, startSec, durationSec, timecode) } : {}),
    audio: audio.map((stream) => audioStream(stream, startSec))
  }
}

/**
 * [Note: time zero] MP4, MOV and Matroska have a clock of their own that starts at 0, also when the first stream starts
 * later; ffprobe's `start_time` is only the first timestamp. Other formats count from anywhere (a transport stream of
 * ffmpeg from 1.4 s): there the first timestamp is zero. A stated duration that ends before the first timestamp cannot
 * count from 0 (a fragment of a live stream).
 */
function timeZero(format: Format): number {
  const first = format.start_time ?? 0
  const hasOwnClock = /^(mov|matroska)\b/.test(format.format_name)
  return hasOwnClock && first < (format.duration ?? Infinity) ? 0 : first
}

/**
 * A header that ends long before its streams do (fragmented files) gives way to them; so does one that differs by less
 * than the millisecond it counts in: rounded up, it would add a frame without a picture.
 */
function wholeDuration(report: ProbeReport, format: Format, startSec: number): number | undefined {
  const ends = report.streams
    .filter((stream) => isPicture(stream) || stream.codec_type === 'audio')
    .map((stream) => (stream.duration === undefined ? 0 : (stream.start_time ?? startSec) + stream.duration - startSec))
  const streamsEnd = Math.max(0, ...ends)
  if (format.duration === undefined) return undefined
  const isRounded = Math.abs(streamsEnd - format.duration) < 0.001
  return isRounded || streamsEnd > format.duration + 0.05 ? streamsEnd : format.duration
}

function isPicture(stream: Stream): boolean {
  const { attached_pic: attached = 0, timed_thumbnails: thumbnails = 0 } = stream.disposition
  const isReal = attached === 0 && thumbnails === 0
  return stream.codec_type === 'video' && stream.codec_name !== undefined && (stream.width ?? 0) > 0 && isReal
}

function videoStream(
  stream: Stream,
  zeroSec: number,
  containerSec: number | undefined,
  timecode: string | undefined
): VideoStream {
  const rRate = rational(stream.r_frame_rate)
  const avgRate = rational(stream.avg_frame_rate) ?? rRate ?? { num: 25, den: 1 }
  const startSec = (stream.start_time ?? zeroSec) - zeroSec
  // MP4 and MOV write the key small, Matroska large.
  const encoder = stream.tags['encoder'] ?? stream.tags['ENCODER']
  const counterClockwise = stream.side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? 0
  return {
    index: stream.index,
    codec: stream.codec_name ?? '',
    width: stream.width ?? 0,
    height: stream.height ?? 0,
    // Adding 0 turns -0 into 0.
    rotationDeg: ((((-Math.round(counterClockwise / 90) * 90) % 360) + 360) % 360) + 0,
    sampleAspect: rational(stream.sample_aspect_ratio) ?? { num: 1, den: 1 },
    avgRate,
    rRate: rRate ?? avgRate,
    timeBase: rational(stream.time_base) ?? { num: 1, den: 90_000 },
    startSec,
    durationSec: stream.duration ?? Math.max(0, (containerSec ?? 0) - startSec),
    ...(encoder === undefined ? {} : { encoder }),
    ...(timecode === undefined ? {} : { timecode }),
    dropFrame: timecode?.includes(';') ?? false
  }
}

function audioStream(stream: Stream, zeroSec: number): AudioStream {
  return {
    index: stream.index,
    codec: stream.codec_name ?? '',
    sampleRate: Number(stream.sample_rate ?? 0),
    channels: stream.channels ?? 0,
    startSec: (stream.start_time ?? zeroSec) - zeroSec,
    isDefault: stream.disposition['default'] === 1
  }
}

/** On the picture, on a timecode track of its own (MOV), or on the whole file (MXF). */
function findTimecode(report: ProbeReport, format: Format): string | undefined {
  const holders = [...report.streams, format]
  return holders.map((holder) => holder.tags['timecode']).find((text) => text !== undefined)
}

/** ffprobe writes "0/0" and "0:1" for what it does not know. */
const rational = (text: string | undefined): Rational | undefined =>
  text === undefined ? undefined : parseRational(text)
