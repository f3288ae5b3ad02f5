/** The film strip: small pictures at even distances, made by one pass of ffmpeg in the background. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAbort } from '@shared/errors'
import type { MediaRef } from '@shared/project'
import { samplesToSeconds } from '@shared/time'
import { onOwnClock, QUIET } from '../media/arguments'
import type { MediaInfo } from '../media/media-info'
import { makeFolder, withErrnoAsFoley } from '../media/output'
import { pictureOf } from '../media/probe'
import { runTool } from '../media/spawn'
import type { MediaTools } from '../media/tools'
import { exists } from './exists'

const WIDTH = 96
const MOST = 600
const SHORTEST_STEP_SEC = 0.2
/** Decoding a long film for its strip would keep the machine busy for minutes: key frames do. */
const KEY_FRAMES_OVER_SEC = 20 * 60
/** Times in a file are rounded to its ticks: the frame of an instant may be stamped a little after it. */
const STAMP_SLACK_SEC = 0.001
const POLL_MS = 100

export interface StripPlan {
  readonly count: number
  readonly everySec: number
  readonly width: number
  readonly height: number
}

/** At most 600 pictures, and no more than five a second; the step is a whole number of milliseconds. */
export function planStrip({ durationSamples, width, height }: MediaRef): StripPlan {
  const durationSec = samplesToSeconds(durationSamples)
  const everySec = Math.max(SHORTEST_STEP_SEC, Math.ceil((durationSec / MOST) * 1000) / 1000)
  return {
    count: Math.max(1, Math.ceil(durationSec / everySec)),
    everySec,
    width: WIDTH,
    height: Math.max(2, 2 * Math.round((WIDTH * height) / width / 2))
  }
}

/**
 * Picture n is the one on screen at n * everySec. `round=up` puts a frame into the first slot that is not before it, and
 * a slot keeps the last frame put there: the newest with a time not later than the slot's.
 */
export function stripArguments(film: MediaInfo, plan: StripPlan, tools: MediaTools, folder: string): string[] {
  const fast = film.durationSec > KEY_FRAMES_OVER_SEC ? ['-skip_frame', 'nokey'] : []
  const rate = `1000/${Math.round(plan.everySec * 1000)}`
  const filters = [
    // In microseconds, or the shift would round to a whole tick of an AVI, which is a frame.
    `settb=AVTB,setpts=PTS-${(film.startSec + STAMP_SLACK_SEC).toFixed(6)}/TB`,
    `fps=fps=${rate}:round=up:start_time=0`,
    `scale=${plan.width}:${plan.height},setsar=1`,
    'format=yuvj420p'
  ]
  return [
    ...QUIET,
    '-y',
    ...['-threads', '1', ...fast],
    ...onOwnClock(film.path),
    ...['-map', `0:${pictureOf(film).index}`, '-vf', filters.join(','), '-frames:v', String(plan.count)],
    ...[tools.fpsModeFlag, 'passthrough', '-c:v', 'mjpeg', '-q:v', '4'],
    // Whoever asks while they are made gets whole pictures.
    ...['-f', 'image2', '-atomic_writing', '1', '-start_number', '0', join(folder, '%d.jpg')]
  ]
}

export class Thumbnails {
  readonly #folder: string
  readonly #abort = new AbortController()
  #making: Promise<void> | undefined
  #isOver = false

  constructor(
    readonly plan: StripPlan,
    folder: string
  ) {
    this.#folder = folder
  }

  /** Makes what is not in the cache yet. Resolves when done or disposed of. @throws FoleyError `ffmpeg.failed`, `output.*` */
  async make(film: MediaInfo, tools: MediaTools): Promise<void> {
    this.#making = this.#make(film, tools)
    await this.#making
  }

  async #make(film: MediaInfo, tools: MediaTools): Promise<void> {
    const marker = join(this.#folder, 'complete')
    try {
      if (await exists(marker)) return
      await withErrnoAsFoley(this.#folder, async () => {
        // Half a strip of a run that was ended.
        await rm(this.#folder, { recursive: true, force: true })
        await makeFolder(this.#folder)
      })
      const args = stripArguments(film, this.plan, tools, this.#folder)
      await runTool(tools.ffmpeg, args, { signal: this.#abort.signal, acceptFailure: film.truncated })
      await writeFile(marker, '')
    } catch (error) {
      if (!isAbort(error)) throw error
    } finally {
      this.#isOver = true
    }
  }

  /** Waits for a picture that is still to come, then takes the nearest earlier one; null when there is none. */
  async path(index: number, patienceMs: number): Promise<string | null> {
    if (index >= this.plan.count) return null
    const until = performance.now() + patienceMs
    const wanted = this.#path(index)
    while (!(await exists(wanted)) && !this.#isOver && performance.now() < until) await sleep(POLL_MS)
    for (let each = index; each >= 0; each -= 1) if (await exists(this.#path(each))) return this.#path(each)
    return null
  }

  async dispose(): Promise<void> {
    this.#abort.abort()
    await this.#making?.catch(() => undefined)
  }

  #path(index: number): string {
    return join(this.#folder, `${index}.jpg`)
  }
}
