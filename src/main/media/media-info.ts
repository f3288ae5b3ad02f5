/** What is known of a media file. All times are seconds from the container's time zero unless they say otherwise. */
import type { Rational } from '@shared/time'

export interface MediaInfo {
  readonly path: string
  /** ffprobe's name of the format: "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts", ... */
  readonly container: string
  readonly durationSec: number
  /** Time zero on the file's own clock: 0 for MP4, MOV and Matroska, the first timestamp for a transport stream. */
  readonly startSec: number
  /** The file ends before its headers say; `durationSec` ends with the last good frame. */
  readonly truncated: boolean
  /** Pieces that the edit list strings the picture together from; a film of several cannot be copied. */
  readonly pictureEdits: number
  /** Left out when there is none; a cover picture is none. */
  readonly video?: VideoStream
  readonly audio: readonly AudioStream[]
  readonly warnings: readonly string[]
}

export interface VideoStream {
  readonly index: number
  readonly codec: string
  /** As coded, before rotation and sample aspect. */
  readonly width: number
  readonly height: number
  /** Clockwise turn that brings the coded picture upright: 0, 90, 180 or 270. */
  readonly rotationDeg: number
  readonly sampleAspect: Rational
  /** Average over the stream: nominal where the rate is variable. */
  readonly avgRate: Rational
  /** ffprobe's `r_frame_rate`: the lowest rate that all timestamps fit. */
  readonly rRate: Rational
  /** Seconds per tick of the stream's timestamps. */
  readonly timeBase: Rational
  readonly startSec: number
  readonly durationSec: number
  /** What encoded the picture, as the file names it: "Lavc61.3.100 libx264" for ffmpeg; few others leave their name. */
  readonly encoder?: string
  /** SMPTE timecode of the first frame, as the file writes it. */
  readonly timecode?: string
  readonly dropFrame: boolean
}

export interface AudioStream {
  readonly index: number
  readonly codec: string
  readonly sampleRate: number
  readonly channels: number
  readonly startSec: number
  readonly isDefault: boolean
}
