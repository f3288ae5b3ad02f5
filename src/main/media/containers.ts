/** Which container carries which streams. The picture is copied, so its codec decides. */
import { FoleyError } from '@shared/errors'

export interface OutputContainer {
  readonly extension: '.mp4' | '.mov' | '.mkv'
  /** ffmpeg's name of the muxer. */
  readonly muxer: 'mp4' | 'mov' | 'matroska'
  /** What the person should know about the choice. */
  readonly note?: string
}

/** Of what a folder of footage and a dialog show; a film by any other name opens all the same. */
export const FILM_EXTENSIONS = 'mp4 mov m4v mkv webm avi mxf ts mts m2ts mpg mpeg wmv flv 3gp'.split(' ')

export const OUTPUT_EXTENSIONS = ['.mp4', '.mov', '.mkv'] as const
type Extension = (typeof OUTPUT_EXTENSIONS)[number]

/**
 * What players expect to find there; ffmpeg writes more into MOV (VP8, Theora, WMV) than anything else can read.
 * MP4: the registration authority, mp4ra.org/registered-types/object-types. MOV: Apple's QuickTime File Format.
 */
const PICTURE_CODECS: Readonly<Record<Exclude<Extension, '.mkv'>, ReadonlySet<string>>> = {
  '.mp4': new Set([
    ...['h264', 'hevc', 'av1', 'vp9', 'vvc', 'mpeg4', 'mpeg2video', 'mpeg1video', 'mjpeg', 'png', 'jpeg2000', 'vc1']
  ]),
  '.mov': new Set([
    ...['h264', 'hevc', 'mpeg4', 'mpeg2video', 'mpeg1video', 'mjpeg', 'png', 'jpeg2000', 'prores', 'dnxhd', 'dvvideo'],
    ...['h263', 'svq1', 'svq3', 'cinepak', 'qtrle', 'rawvideo', 'v210', 'v410', 'r210', 'hap', 'cfhd']
  ])
}

const SOUND_CODECS: Readonly<Record<Exclude<Extension, '.mkv'>, ReadonlySet<string>>> = {
  '.mp4': new Set(['aac', 'ac3', 'eac3', 'mp3', 'alac', 'opus', 'dts']),
  '.mov': new Set([
    ...['aac', 'ac3', 'eac3', 'mp3', 'alac', 'pcm_s16le', 'pcm_s16be', 'pcm_s24le', 'pcm_s24be'],
    ...['pcm_s32le', 'pcm_s32be', 'pcm_f32le', 'pcm_f32be']
  ])
}

const CONTAINERS: Readonly<Record<Extension, OutputContainer>> = {
  '.mp4': { extension: '.mp4', muxer: 'mp4' },
  '.mov': { extension: '.mov', muxer: 'mov' },
  '.mkv': { extension: '.mkv', muxer: 'matroska' }
}

/**
 * The container that was asked for, or the first of MP4, MOV and Matroska that can carry the picture, with a note.
 *
 * @throws FoleyError `request.unsupported` for an extension that is none of {@link OUTPUT_EXTENSIONS}
 */
export function containerFor(codec: string, requestedExtension: string): OutputContainer {
  const wanted = OUTPUT_EXTENSIONS.find((extension) => extension === requestedExtension.toLowerCase())
  if (wanted === undefined) {
    throw new FoleyError(
      'request.unsupported',
      `The output's extension is "${requestedExtension}", expected one of ${OUTPUT_EXTENSIONS.join(', ')}.`,
      'Give the output one of these extensions; the picture is copied as it is into that container.'
    )
  }
  const fitting = [wanted, ...OUTPUT_EXTENSIONS].find((extension) => carriesPicture(extension, codec)) ?? '.mkv'
  if (fitting === wanted) return CONTAINERS[wanted]
  const [asked, given] = [wanted.slice(1).toUpperCase(), fitting.slice(1).toUpperCase()]
  return {
    ...CONTAINERS[fitting],
    note: `${asked} cannot carry ${codec}, and the picture is copied, not re-encoded: written as ${given} (${fitting}).`
  }
}

const carriesPicture = (extension: Extension, codec: string): boolean =>
  extension === '.mkv' || PICTURE_CODECS[extension].has(codec)

/** Whether a sound of the original can be copied as it is. */
export const carriesSound = ({ extension }: OutputContainer, codec: string): boolean =>
  extension === '.mkv' || SOUND_CODECS[extension].has(codec)
