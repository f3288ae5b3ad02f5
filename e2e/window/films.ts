/** Short films for the window's tests, cut from the sample. */
import { execa } from 'execa'
import { join, resolve } from 'node:path'

export interface Films {
  /** 3 s of the sample `stick.mp4`, 25 fps, without sound. */
  readonly silent: string
  /** The same with a quiet stereo tone. */
  readonly sounding: string
}

const SAMPLE = resolve('samples/stick.mp4')
const ffmpeg = (...args: readonly string[]): Promise<unknown> => execa('ffmpeg', ['-v', 'error', '-nostdin', ...args])

export async function makeFilms(folder: string): Promise<Films> {
  const silent = join(folder, 'clip.mp4')
  const sounding = join(folder, 'sounding.mp4')
  await ffmpeg('-i', SAMPLE, '-t', '3', '-c', 'copy', silent)
  const tone = ['-f', 'lavfi', '-i', 'sine=440:r=48000:d=3,volume=-20dB']
  await ffmpeg('-i', silent, ...tone, '-map', '0:v', '-map', '1:a', '-c:v', 'copy', '-c:a', 'aac', '-ac', '2', sounding)
  return { silent, sounding }
}
