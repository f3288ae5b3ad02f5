/** What Chromium's video element plays as it is, and what is to be done with the rest. Pure, and on the careful side. */
import { extname } from 'node:path'
import { defaultAudio } from '../media/audio'
import type { MediaInfo } from '../media/media-info'

export type Playback =
  | { readonly kind: 'direct'; readonly type: 'video/mp4' | 'video/webm' }
  /** Another container, or another sound: the picture is copied. */
  | { readonly kind: 'remux' }
  | { readonly kind: 'transcode' }

/** Eight bits, 4:2:0; yuvj is the same with full range. */
const PLAIN_PIXELS = new Set(['yuv420p', 'yuvj420p'])

const MP4_SOUND = new Set(['aac', 'mp3', 'opus', 'flac'])
const WEBM_SOUND = new Set(['opus', 'vorbis'])
const MP4_PICTURE = new Set(['h264', 'vp9', 'av1'])
const WEBM_PICTURE = new Set(['vp8', 'vp9', 'av1'])

/** `pixelFormat` is ffprobe's name. Debian's Chromium does not open QuickTime, so `.mov` always goes into another box. */
export function playbackOf(film: MediaInfo, pixelFormat: string): Playback {
  const codec = film.video?.codec ?? ''
  if (!PLAIN_PIXELS.has(pixelFormat)) return { kind: 'transcode' }
  const sound = film.audio.length === 0 ? undefined : defaultAudio(film).codec
  // A video element plays the first sound of a file, which need not be the one that players choose.
  const isFirst = film.audio.length === 0 || defaultAudio(film) === film.audio[0]
  const carries = (sounds: ReadonlySet<string>): boolean => isFirst && (sound === undefined || sounds.has(sound))
  const extension = extname(film.path).toLowerCase()

  if (/^mov\b/.test(film.container) && carries(MP4_SOUND)) {
    const isPlayed = extension === '.mp4' ? MP4_PICTURE.has(codec) : extension === '.m4v' && codec === 'h264'
    if (isPlayed) return { kind: 'direct', type: 'video/mp4' }
  }
  const isWebm = /^matroska\b/.test(film.container) && ['.webm', '.mkv'].includes(extension)
  if (isWebm && WEBM_PICTURE.has(codec) && carries(WEBM_SOUND)) return { kind: 'direct', type: 'video/webm' }
  // Copying would undo an edit list that strings pieces together, and bring back what a broken file lacks.
  return codec === 'h264' && film.pictureEdits <= 1 && !film.truncated ? { kind: 'remux' } : { kind: 'transcode' }
}
