/** Clips that tests need, made by ffmpeg when first asked for and kept for the run. Each names what is odd about it. */
import { randomBytes } from 'node:crypto'
import { access, copyFile, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { inject } from 'vitest'

/** A frame's number stands in its picture as black and white bars, {@link CODE_BITS} of them, the lowest bit first. */
const CODE_BITS = 10
const BAR = 16
/** The smallest size at which {@link readFrameNumber} reads a stretched frame. */
export const CODE_WIDTH = CODE_BITS * 4
export const CODE_HEIGHT = 8

/** Frame `n` shows n; `geq` computes the bars from N. */
const numbered = (rate: string, seconds: number): string[] => {
  const bars = `geq=lum='if(mod(floor(N/pow(2,floor(X/${BAR}))),2),235,16)':cb=128:cr=128`
  return ['-f', 'lavfi', '-i', `color=s=${CODE_BITS * BAR}x32:r=${rate}:d=${seconds},format=yuv420p,${bars}`]
}
const H264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-g', '25']
const sine = (seconds: number): string[] => ['-f', 'lavfi', '-i', `sine=440:r=48000:d=${seconds}`]
const moving = (size: string, rate: string, seconds: number): string[] => [
  ...['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${rate}:d=${seconds}`]
]

/** Reads the number of a frame made by `numbered`, shown at width x height (a multiple of the code's size). */
export function readFrameNumber(rgb: Uint8Array, width: number, height: number): number {
  const middle = Math.floor(height / 2) * width
  let number = 0
  for (let bit = 0; bit < CODE_BITS; bit += 1) {
    const at = (middle + Math.floor(((bit + 0.5) * width) / CODE_BITS)) * 3
    if ((rgb[at] ?? 0) > 127) number |= 1 << bit
  }
  return number
}

export async function ffmpeg(...args: readonly string[]): Promise<void> {
  await execa('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args])
}

/** A path in the run's folder: for what a test writes. */
export const scratch = (name: string): string => join(inject('clipFolder'), `${randomBytes(4).toString('hex')}-${name}`)

/** Makes the clip once; workers that ask at the same time each make their own and the last rename wins. */
async function once(name: string, make: (path: string) => Promise<void>): Promise<string> {
  const path = join(inject('clipFolder'), name)
  const exists = await access(path).then(
    () => true,
    () => false
  )
  if (exists) return path
  const partial = join(inject('clipFolder'), `${randomBytes(4).toString('hex')}.${name}`)
  await make(partial)
  await rename(partial, path)
  return path
}

const made = (name: string, ...args: readonly string[]): Promise<string> => once(name, (path) => ffmpeg(...args, path))

/** 3 s, 25 fps, numbered, H.264 with B-frames, no sound. */
export const silentFilm = (): Promise<string> => made('silent.mp4', ...numbered('25', 3), ...H264)

/** The same with a stereo AAC tone. */
export const plainFilm = (): Promise<string> =>
  made('plain.mp4', ...numbered('25', 3), ...sine(3), ...H264, '-c:a', 'aac', '-ac', '2')

/** 29.97 fps, numbered. */
export const ntscFilm = (): Promise<string> => made('ntsc.mp4', ...numbered('30000/1001', 3), ...H264)

/** The picture starts 0.5 s after time zero; there is no sound that starts earlier. */
export const lateFilm = async (): Promise<string> =>
  made('late.mp4', '-itsoffset', '0.5', '-i', await silentFilm(), '-c', 'copy')

/** The picture starts 1 frame of 23.976 fps late: no whole number of milliseconds. */
export const slightlyLateFilm = async (): Promise<string> =>
  made(
    'slightly-late.mov',
    ...['-itsoffset', '0.041708', '-i', await silentFilm(), '-i', await plainFilm(), '-map', '0:v', '-map', '1:a'],
    ...['-c', 'copy', '-movie_timescale', '192000']
  )

/** Time of frame n of {@link variableRateFilm}: gaps of 54 and 19 ms. */
export const variableRateTime = (n: number): number => (n * 40 + ((n * 2) % 5) * 7) / 1000
export const variableRateFilm = (): Promise<string> =>
  made(
    'variable.mp4',
    ...numbered('25', 3),
    ...['-vf', 'settb=1/90000,setpts=(N*40+mod(N*2\\,5)*7)*90', '-fps_mode', 'passthrough'],
    ...['-enc_time_base', '1/90000', '-video_track_timescale', '90000', ...H264]
  )

/** Something that turns, now faster and now slower: frames at `rate`, of which 25 a second are kept. */
export const turningFilm = (rate: string, seconds = 8): Promise<string> =>
  made(
    `turning-${rate.replace('/', '-')}-${seconds}.mp4`,
    ...['-f', 'lavfi', '-i', `testsrc2=s=96x96:r=${rate}:d=${seconds},rotate=a='t+sin(3*t)':c=gray`],
    ...['-r', '25', ...H264]
  )

/** Carries a display matrix: to be shown turned by 90 degrees. */
export const rotatedFilm = async (): Promise<string> =>
  made('rotated.mp4', '-i', await plainFilm(), '-c', 'copy', '-metadata:s:v', 'rotate=90')

/** Cut without coding anew: an edit list hides what stands before 1.1 s, from the key frame on. */
export const trimmedFilm = async (): Promise<string> =>
  made('trimmed.mp4', '-ss', '1.1', '-i', await plainFilm(), '-c', 'copy')

export const proResFilm = (): Promise<string> =>
  made('prores.mov', ...moving('128x72', '24', 1), ...sine(1), '-c:v', 'prores_ks', '-c:a', 'pcm_s24le')

/** Its clock starts at 1.4 s, and its sound and its picture at different times. */
export const transportStream = async (): Promise<string> => made('plain.ts', '-i', await plainFilm(), '-c', 'copy')

/** 29.97 fps for 61 s. */
export const longNtscFilm = (): Promise<string> =>
  made('long.mp4', ...moving('64x36', '30000/1001', 61), '-c:v', 'libx264', '-preset', 'ultrafast')

export const webm = (): Promise<string> =>
  made('vp8.webm', ...numbered('25', 2), ...sine(2), '-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libopus')

/** Presentation times are not stored, and there are B-frames. */
export const avi = (): Promise<string> =>
  made('mpeg4.avi', ...numbered('25', 2), '-c:v', 'mpeg4', '-q:v', '2', '-bf', '2')

/** 30 fps in Matroska, whose milliseconds do not fit thirtieths. */
export const matroska = (): Promise<string> => made('thirty.mkv', ...numbered('30', 2), ...H264)

export const anamorphicFilm = (): Promise<string> =>
  made('anamorphic.mp4', '-f', 'lavfi', '-i', 'color=white:s=64x64:d=0.4,setsar=2', ...H264)

/** 29.97 fps with a drop-frame start timecode. */
export const timecodeFilm = (): Promise<string> =>
  made('timecode.mov', ...moving('64x36', '30000/1001', 1), ...H264, '-timecode', '01:00:00;02')

/** Clicks of one sample at 0.1 s and 0.7 s, 1 s long, 48 kHz stereo PCM; the right channel at half the level. */
export const CLICK_SECONDS = [0.1, 0.7] as const
export const clicks = (): Promise<string> =>
  made(
    'clicks.wav',
    ...['-f', 'lavfi', '-i', "aevalsrc='0.8*(eq(n,4800)+eq(n,33600))|0.4*(eq(n,4800)+eq(n,33600))':s=48000:d=1"],
    ...['-c:a', 'pcm_s24le']
  )

/** A film whose clicks start `offsetSec` after time zero, or whose picture does when `offsetSec` is negative. */
export const clickFilm = async (extension: 'mov' | 'ts', offsetSec: number): Promise<string> => {
  const pictureSec = String(Math.max(0, -offsetSec))
  const soundSec = String(Math.max(0, offsetSec))
  const coding =
    extension === 'mov' ? ['-c:a', 'copy', '-movie_timescale', '48000'] : ['-c:a', 's302m', '-strict', '-2']
  return made(
    `clicks${offsetSec}.${extension}`,
    ...['-itsoffset', pictureSec, '-i', await silentFilm(), '-itsoffset', soundSec, '-i', await clicks()],
    ...['-map', '0:v', '-map', '1:a', '-c:v', 'copy', ...coding]
  )
}

/** Mono, one click at 0.1 s. */
export const monoClicks = async (): Promise<string> =>
  made('mono.wav', '-i', await clicks(), '-af', 'pan=mono|c0=c0', '-c:a', 'pcm_s24le')

export const audioOnly = (): Promise<string> => made('tone.m4a', ...sine(1), '-c:a', 'aac')

/** Sound with a cover picture, which is not a film. */
export const soundWithCover = async (): Promise<string> =>
  made(
    'cover.m4a',
    ...['-i', await audioOnly(), '-i', await stillPicture(), '-map', '0', '-map', '1', '-c', 'copy'],
    ...['-disposition:v', 'attached_pic']
  )

export const stillPicture = (): Promise<string> => made('still.png', ...moving('64x36', '1', 1), '-frames:v', '1')

export const textFile = (): Promise<string> => once('notes.mp4', (path) => writeFile(path, 'Only words.\n'.repeat(99)))

export const emptyFile = (): Promise<string> => once('empty.mp4', (path) => writeFile(path, ''))

/** Half of the film is missing; its index, at the front, is not. */
export const truncatedFilm = async (): Promise<string> => {
  const whole = await made('whole.mp4', '-i', await plainFilm(), '-c', 'copy', '-movflags', '+faststart')
  return once('truncated.mp4', (path) => keepPart(whole, path, 0.6))
}

/** Cut off before its index. */
export const unfinishedFilm = async (): Promise<string> => {
  const whole = await plainFilm()
  return once('unfinished.mp4', (path) => keepPart(whole, path, 0.6))
}

export const truncatedMatroska = async (): Promise<string> => {
  const whole = await matroska()
  return once('truncated.mkv', (path) => keepPart(whole, path, 0.6))
}

export const truncatedStream = async (): Promise<string> => {
  const whole = await transportStream()
  return once('truncated.ts', (path) => keepPart(whole, path, 0.6))
}

async function keepPart(source: string, target: string, share: number): Promise<void> {
  const bytes = await readFile(source)
  await writeFile(target, bytes.subarray(0, Math.floor(bytes.length * share)))
}

/** An edit list of two pieces, [0, 1) and [2, 3) of the picture, as an editor's "smart" cut writes it. */
export const splicedFilm = async (): Promise<string> => {
  const whole = await silentFilm()
  return once('spliced.mp4', async (path) => {
    await copyFile(whole, path)
    await writeFile(path, spliceEdits(await readFile(whole)))
  })
}

/** `moov` comes last in this file, so that nothing points behind the box that grows. */
function spliceEdits(film: Buffer): Buffer {
  const at = film.indexOf('elst') - 4
  const entry = film.subarray(at + 16, at + 28)
  const pieces = [0, 2].map((seconds) => {
    const piece = Buffer.from(entry)
    piece.writeUInt32BE(1000, 0)
    piece.writeInt32BE(entry.readInt32BE(4) + seconds * 12_800, 4)
    return piece
  })
  const head = Buffer.from(film.subarray(at, at + 16))
  head.writeUInt32BE(2, 12)
  const spliced = Buffer.concat([film.subarray(0, at), head, ...pieces, film.subarray(at + 28)])
  for (const box of ['moov', 'trak', 'edts', 'elst']) {
    const size = spliced.indexOf(box) - 4
    spliced.writeUInt32BE(spliced.readUInt32BE(size) + 12, size)
  }
  return spliced
}

/** 10 s of 720p at 30 fps: what the speed is judged by. */
export const hdFilm = (): Promise<string> =>
  made('hd.mp4', ...moving('1280x720', '30', 10), '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p')
