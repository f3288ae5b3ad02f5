/** For the specs of opening, playing and drawing: what sounds, what is shown, and films that are odd in one way. */
import type { Locator, Page } from '@playwright/test'
import { execa } from 'execa'
import { join } from 'node:path'
import type { JobUpdate } from '@shared/ipc'
import type { ProjectDocument, Region, Take, Track } from '@shared/project'

/** 77 frames of 25 fps: the films of the fixture. */
export const FILM_SAMPLES = 147_840
export const FRAME_SAMPLES = 1920

export async function makeFilm(folder: string, name: string, ...args: readonly string[]): Promise<string> {
  const path = join(folder, name)
  await execa('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args, path])
  return path
}

const CODE_BITS = 8
/** Of the first frame of {@link numberedFilm}: 00:00:59;20. Ten frames on, two numbers are dropped. */
export const NUMBERED_START = 1790
/** 1.5 s of 29.97 fps drop-frame whose frames show their own number as black and white bars, the lowest bit on the left. */
export const numberedFilm = (folder: string): Promise<string> =>
  makeFilm(
    folder,
    'numbered.mp4',
    ...['-f', 'lavfi', '-i', `color=s=${CODE_BITS * 32}x64:r=30000/1001:d=1.5,format=yuv420p`],
    ...['-vf', `geq=lum='if(mod(floor(N/pow(2,floor(X/32))),2),235,16)':cb=128:cr=128`],
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-crf',
      '18',
      '-g',
      '12',
      '-timecode',
      '00:00:59;20',
      '-write_tmcd',
      '1'
    ]
  )

/** The number of the frame of {@link numberedFilm} that is on screen. */
export const shownFrame = (page: Page): Promise<number> =>
  video(page).evaluate((element, bits) => {
    const canvas = new OffscreenCanvas(bits, 1)
    const context = canvas.getContext('2d')
    if (!context || !(element instanceof HTMLVideoElement) || element.seeking) return -1
    context.imageSmoothingEnabled = false
    context.drawImage(element, 0, 0, bits, 1)
    const { data } = context.getImageData(0, 0, bits, 1)
    return Array.from({ length: bits }, (_, bit) => ((data[bit * 4] ?? 0) > 127 ? 2 ** bit : 0)).reduce((a, b) => a + b)
  }, CODE_BITS)

export const video = (page: Page): Locator => page.locator('video')
/** Second of the film that is on screen. */
export const shownSec = (page: Page): Promise<number> =>
  video(page).evaluate((element) => (element instanceof HTMLVideoElement ? element.currentTime : NaN))
/** The transport's button, whose text is the playhead's timecode. */
export const timecode = (page: Page): Locator => page.getByRole('button', { name: /^Playhead at / })
export const inspector = (page: Page): Locator => page.getByRole('complementary', { name: 'Inspector' })
export const takeRows = (page: Page): Locator => inspector(page).getByRole('button', { name: /^Take \d/ })
/** What works, in the header; not there when nothing does. */
export const runningJob = (page: Page): Locator => page.getByRole('group', { name: 'Running job' })
export const undoButton = (page: Page, what: string): Locator =>
  page.getByRole('button', { name: what === '' ? 'Undo' : `Undo: ${what}`, exact: true })

/** Everything that is told about jobs from now on, in order; kept on the page until it is loaded anew. */
export async function watchJobs(page: Page): Promise<() => Promise<readonly JobUpdate[]>> {
  await page.evaluate(() => {
    const updates: JobUpdate[] = []
    Object.assign(window, { jobUpdates: updates })
    window.foley.on('job', (job) => void updates.push(job))
  })
  return () => page.evaluate(() => Reflect.get(window, 'jobUpdates') as JobUpdate[])
}

/** What the window plays of a take: `fromSample <= n < toSample` of the film, zeros where the take does not reach. */
export async function takePcm(page: Page, takeId: string, fromSample: number, toSample: number): Promise<Float32Array> {
  const text = await page.evaluate(async (url) => {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${url}: ${response.status}`)
    const bytes = new Uint8Array(await response.arrayBuffer())
    const parts = Array.from({ length: Math.ceil(bytes.length / 8192) }, (_, index) =>
      String.fromCharCode(...bytes.subarray(index * 8192, (index + 1) * 8192))
    )
    return btoa(parts.join(''))
  }, `takes/${takeId}/pcm?from=${fromSample}&to=${toSample}`)
  const bytes = Buffer.from(text, 'base64')
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
}

/** How many samples differ; `expect` itself takes seconds over that many numbers, and prints them. */
export function differing(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity
  return a.reduce((count, value, index) => (value === b[index] ? count : count + 1), 0)
}

/** A track's whole sound, by its regions and their chosen takes. */
export async function trackSound(page: Page, { media, tracks }: ProjectDocument): Promise<Float32Array> {
  const sound = new Float32Array(media.durationSamples)
  for (const { takeId, fromSample, toSample } of tracks[0]?.regions ?? []) {
    sound.set(await takePcm(page, takeId, fromSample, toSample), fromSample)
  }
  return sound
}

/** Of the frames `first <= n < last`, the one with the most energy within 20 ms of its begin. */
export function loudestFrame(sound: Float32Array, first: number, last: number): number {
  const energy = (frame: number): number =>
    sound
      .subarray(frame * FRAME_SAMPLES - FRAME_SAMPLES / 2, frame * FRAME_SAMPLES + FRAME_SAMPLES / 2)
      .reduce((sum, value) => sum + value * value, 0)
  const frames = Array.from({ length: last - first }, (_, index) => first + index)
  return frames.reduce((best, frame) => (energy(frame) > energy(best) ? frame : best))
}

/** Largest |second difference| of the places that a seam touches, and the 99.9th percentile of 0.1 s on either side. */
export function bendsAt(sound: Float32Array, seam: number): { readonly seam: number; readonly around: number } {
  const at = (n: number): number => sound[n] ?? NaN
  const bend = (n: number): number => Math.abs(at(n - 1) - 2 * at(n) + at(n + 1))
  const around = Array.from({ length: 9600 }, (_, index) => bend(seam - 4800 + index)).toSorted((a, b) => a - b)
  return { seam: Math.max(bend(seam - 1), bend(seam)), around: around[Math.floor(around.length * 0.999)] ?? NaN }
}

export function firstTrack({ tracks }: ProjectDocument): Track {
  const [track] = tracks
  if (!track) throw new Error('the project has no track')
  return track
}

export function onlyRegion(document: ProjectDocument): Region {
  const [region, ...others] = firstTrack(document).regions
  if (!region || others.length > 0) throw new Error('the track does not have one region')
  return region
}

/** Takes of the track's only region, in the order of the list. */
export const takesOf = (document: ProjectDocument): Take[] =>
  onlyRegion(document).takeIds.flatMap((id) => document.takes[id] ?? [])

/** Marks with I and O: both frames belong to the range. */
export async function markFrames(page: Page, fromFrame: number, lastFrame: number): Promise<void> {
  for (const [frame, key] of [
    [fromFrame, 'i'],
    [lastFrame, 'o']
  ] as const) {
    await page.keyboard.press('Home')
    for (let left = frame; left > 0; left -= left >= 5 ? 5 : 1) {
      await page.keyboard.press(left >= 5 ? 'Shift+ArrowRight' : 'ArrowRight')
    }
    await page.keyboard.press(key)
  }
}

/** Clocks that were read at the same moment, while the film played. */
export interface Reading {
  readonly shownSec: number
  /** Second of the film that the sound which was scheduled last is heard at. */
  readonly heardSec: number
  /** From the left edge of the lanes. */
  readonly playheadPx: number
}

/** A piece of a take as it was scheduled. */
export interface ScheduledPiece {
  readonly takeId: string
  /** Second of the film that it begins with, and second of the audio clock that this sounds at. */
  readonly fromSec: number
  readonly atSec: number
}

/** Reads the clocks once per picture until it is told to stop; keeps the pieces of sound that were begun. */
export async function watchSound(
  page: Page
): Promise<() => Promise<{ readonly readings: readonly Reading[]; readonly pieces: readonly ScheduledPiece[] }>> {
  await page.evaluate(watchSoundInPage)
  return () => page.evaluate(() => (Reflect.get(window, 'stopWatching') as () => never)())
}

/** Follows a piece of sound from its URL, which says where in the film it begins, to its start on the audio clock. */
/* eslint-disable @typescript-eslint/unbound-method -- called with their own object again */
function watchSoundInPage(): void {
  const begins = new WeakMap<object, { takeId: string; fromSec: number }>()
  const { arrayBuffer } = Response.prototype
  Response.prototype.arrayBuffer = async function () {
    const bytes = await arrayBuffer.call(this)
    const { pathname, searchParams } = new URL(this.url)
    const takeId = pathname.split('/').at(-2) ?? ''
    begins.set(bytes, { takeId, fromSec: Number(searchParams.get('from')) / 48_000 })
    return bytes
  }
  const { copyToChannel } = AudioBuffer.prototype
  AudioBuffer.prototype.copyToChannel = function (source, ...rest) {
    const begin = begins.get(source.buffer)
    if (begin) begins.set(this, begin)
    copyToChannel.call(this, source, ...rest)
  }
  const started: (ScheduledPiece & { context: BaseAudioContext; rate: number })[] = []
  const { start } = AudioBufferSourceNode.prototype
  AudioBufferSourceNode.prototype.start = function (at = 0, offset = 0, duration) {
    const { takeId, fromSec } = (this.buffer && begins.get(this.buffer)) ?? { takeId: '', fromSec: NaN }
    const rate = this.playbackRate.value
    started.push({ context: this.context, takeId, fromSec: fromSec + offset, atSec: at, rate })
    start.call(this, at, offset, duration)
  }
  const readings: Reading[] = []
  const film = document.querySelector('video')
  const read = (): void => {
    frame = requestAnimationFrame(read)
    const playhead = document.querySelector('.overlay .playhead')
    const last = started.findLast(({ context, atSec }) => atSec <= context.currentTime)
    if (!last || !(last.context instanceof AudioContext) || !film || !playhead || film.paused) return
    const { currentTime, outputLatency } = last.context
    const heardSec = last.fromSec + (currentTime - last.atSec - (outputLatency || 0)) * last.rate
    const playheadPx = new DOMMatrix(getComputedStyle(playhead).transform).e
    readings.push({ shownSec: film.currentTime, heardSec, playheadPx })
  }
  let frame = requestAnimationFrame(read)
  const stopWatching = () => {
    cancelAnimationFrame(frame)
    Response.prototype.arrayBuffer = arrayBuffer
    AudioBuffer.prototype.copyToChannel = copyToChannel
    AudioBufferSourceNode.prototype.start = start
    return { readings, pieces: started.map(({ takeId, fromSec, atSec }) => ({ takeId, fromSec, atSec })) }
  }
  Object.assign(window, { stopWatching })
}
/* eslint-enable @typescript-eslint/unbound-method */
