/** A stand-in for a film that Chromium cannot play: same times, same sound, in H.264 and AAC. Exports never use it. */
import { dirname } from 'node:path'
import type { MediaRef } from '@shared/project'
import { SAMPLE_RATE, secondsToSamples } from '@shared/time'
import { fileUrl, inputArguments, filmInput, QUIET } from '../media/arguments'
import { defaultAudio, placed, toChannels } from '../media/audio'
import { PROGRESS, progressLines } from '../media/ffmpeg-progress'
import type { MediaInfo } from '../media/media-info'
import { makeFolder, withTemporary } from '../media/output'
import { pictureOf } from '../media/probe'
import { runTool } from '../media/spawn'
import type { MediaTools } from '../media/tools'
import type { Playback } from './playable'

const WIDEST = 960

export interface ProxyRequest {
  readonly film: MediaInfo
  readonly media: MediaRef
  readonly playback: Exclude<Playback, { kind: 'direct' }>
  readonly path: string
  /** 0..1, never going back. */
  readonly onFraction: (fraction: number) => void
}

/**
 * Writes the proxy; a picture that cannot be copied after all is coded anew.
 *
 * @throws FoleyError `ffmpeg.failed`, `output.*`; an aborted signal throws its reason
 */
export async function makeProxy(request: ProxyRequest, tools: MediaTools, signal: AbortSignal): Promise<void> {
  await makeFolder(dirname(request.path))
  if (request.playback.kind === 'remux') {
    try {
      await write(request, tools, signal)
      return
    } catch {
      signal.throwIfAborted()
    }
  }
  await write({ ...request, playback: { kind: 'transcode' } }, tools, signal)
}

async function write(request: ProxyRequest, tools: MediaTools, signal: AbortSignal): Promise<void> {
  await withTemporary(request.path, (temporary) =>
    runTool(tools.ffmpeg, proxyArguments(request, tools, temporary), {
      signal,
      onLine: progressLines(request.film.durationSec, request.onFraction)
    })
  )
}

/**
 * The sound fills the film from time zero on, so that the element's clock starts there also where the picture is late.
 * Frames keep their times: what is seen at t here is what is seen at t in the film.
 */
export function proxyArguments(
  { film, media, playback }: Pick<ProxyRequest, 'film' | 'media' | 'playback'>,
  tools: Pick<MediaTools, 'fpsModeFlag'>,
  temporary: string
): string[] {
  const video = pictureOf(film)
  const hasSound = film.audio.length > 0
  return [
    ...QUIET,
    '-y',
    ...filmInput(film),
    ...['-map', `0:${video.index}`],
    ...(playback.kind === 'remux' ? ['-c:v', 'copy'] : coded(media, tools)),
    ...(hasSound ? sound(film) : []),
    ...(film.startSec === 0 ? [] : ['-output_ts_offset', (-film.startSec).toFixed(6)]),
    // Edit lists count in ticks of the movie: a thousand a second would move a late picture.
    ...['-movie_timescale', String(SAMPLE_RATE), '-movflags', '+faststart', '-max_muxing_queue_size', '4096'],
    ...[...PROGRESS, '-f', 'mp4', fileUrl(temporary)]
  ]
}

function coded({ width, height }: MediaRef, { fpsModeFlag }: Pick<MediaTools, 'fpsModeFlag'>): string[] {
  const shownWidth = even(Math.min(WIDEST, width))
  const shownHeight = even((shownWidth * height) / width)
  return [
    ...['-vf', `scale=${shownWidth}:${shownHeight},setsar=1`, '-pix_fmt', 'yuv420p', fpsModeFlag, 'passthrough'],
    // Key frames close together: the picture is stepped through and scrubbed.
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '23', '-g', '15', '-enc_time_base', '-1']
  ]
}

function sound(film: MediaInfo): string[] {
  const { index, channels } = defaultAudio(film)
  const frames = secondsToSamples(film.durationSec)
  const filters = [
    placed(film, SAMPLE_RATE),
    toChannels(channels, 2),
    `apad=whole_len=${frames}`,
    `atrim=end_sample=${frames}`,
    `asetpts=N+${Math.round(film.startSec * SAMPLE_RATE)}`
  ]
  return ['-map', `0:${index}`, '-af', filters.join(','), '-c:a', 'aac', '-b:a', '160k']
}

const even = (size: number): number => Math.max(2, 2 * Math.round(size / 2))

/** ffprobe's name of the picture's pixel format; empty where it does not know. */
export async function pixelFormatOf(film: MediaInfo, tools: MediaTools): Promise<string> {
  const show = ['-select_streams', String(pictureOf(film).index), '-show_entries', 'stream=pix_fmt', '-of', 'csv=p=0']
  const { stdout } = await runTool(tools.ffprobe, ['-v', 'quiet', ...show, ...inputArguments(film.path)])
  return stdout.split('\n')[0]?.replace(/,+$/, '').trim() ?? ''
}
