import { copyFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { type FramesRequest, type FramesSummary, streamFrames } from './frames'
import type { GridFrame } from './grid'
import { probe } from './probe'
import { findTools, type MediaTools } from './tools'

let tools: MediaTools
beforeAll(async () => {
  tools = await findTools()
})

const SIZE = { width: clips.CODE_WIDTH, height: clips.CODE_HEIGHT, fit: 'stretch' } as const

async function seen(path: string, request: Partial<FramesRequest> & { rateHz: number }): Promise<GridFrame[]> {
  const frames: GridFrame[] = []
  for await (const frame of streamFrames(await probe(path, tools), { ...SIZE, ...request }, tools)) frames.push(frame)
  return frames
}

const numbers = (frames: readonly GridFrame[]): number[] =>
  frames.map(({ rgb }) => clips.readFrameNumber(rgb, SIZE.width, SIZE.height))

/** Times of the frames as ffprobe lists them, in order, from the file's own clock. */
async function listedTimes(path: string): Promise<number[]> {
  const show = ['-show_entries', 'frame=best_effort_timestamp_time', '-of', 'csv=print_section=0']
  const { stdout } = await execa('ffprobe', ['-v', 'error', '-select_streams', 'v:0', ...show, path])
  return stdout
    .split('\n')
    .map((line) => Number.parseFloat(line))
    .filter((time) => !Number.isNaN(time))
}

/** The rule, written down once more: the last frame not later than the instant, else the first. */
const onScreen = (times: readonly number[], instant: number): number =>
  Math.max(
    0,
    times.findLastIndex((time) => time <= instant + 1e-6)
  )

describe('streamFrames shows the newest frame that is not later than the instant', () => {
  const films: [string, () => Promise<string>][] = [
    ['25 fps', clips.silentFilm],
    ['29.97 fps', clips.ntscFilm],
    ['a variable rate', clips.variableRateFilm],
    ['a late start', clips.lateFilm],
    ['AVI without presentation times', clips.avi]
  ]
  it.each(films.flatMap(([name, make]) => [25, 29.97, 60].map((rateHz) => [name, rateHz, make] as const)))(
    '%s on a grid of %f Hz',
    async (_name, rateHz, make) => {
      const path = await make()
      const media = await probe(path, tools)
      const times = await listedTimes(path)
      const frames = await seen(path, { rateHz })
      expect(frames).toHaveLength(Math.ceil(media.durationSec * rateHz - 1e-6))
      const expected = frames.map(({ timeSec }) => onScreen(times, timeSec))
      expect(numbers(frames)).toEqual(expected)
      frames.forEach(({ index, timeSec, ptsSec }, i) => {
        expect(index).toBe(i)
        expect(timeSec).toBeCloseTo(i / rateHz, 9)
        expect(Math.abs(ptsSec - times[expected[i]!]!)).toBeLessThan(1e-3)
      })
    }
  )

  it('gives the times of a variable rate to the millisecond', async () => {
    const frames = await seen(await clips.variableRateFilm(), { rateHz: 100 })
    for (const { ptsSec, rgb } of frames) {
      const number = clips.readFrameNumber(rgb, SIZE.width, SIZE.height)
      expect(Math.abs(ptsSec - clips.variableRateTime(number))).toBeLessThan(1e-3)
    }
  })

  it('counts a transport stream from its own start', async () => {
    const path = await clips.transportStream()
    const media = await probe(path, tools)
    const frames = await seen(path, { rateHz: 25 })
    // The picture starts one AAC frame after the sound: at 0 s its first frame is shown early, then each once.
    expect(media.video!.startSec).toBeGreaterThan(0.02)
    expect(numbers(frames).slice(0, 5)).toEqual([0, 0, 1, 2, 3])
    expect(frames[1]!.ptsSec).toBeCloseTo(media.video!.startSec, 4)
  })

  it('follows the edit list of a trimmed film', async () => {
    const path = await clips.trimmedFilm()
    const times = await listedTimes(path)
    const frames = await seen(path, { rateHz: 25 })
    // Cut at 1.1 s of 25 fps: frame 28, at 1.12 s, is the first that is shown; 25 to 27 are in the file, but hidden.
    expect(numbers(frames)).toEqual(frames.map(({ timeSec }) => 28 + onScreen(times, timeSec)))
  })

  it('shows each frame of a Matroska film once on a grid of its own rate', async () => {
    const frames = await seen(await clips.matroska(), { rateHz: 30 })
    expect(numbers(frames)).toEqual(Array.from({ length: 60 }, (_, i) => i))
  })
})

describe('streamFrames', () => {
  it.each([
    ['MP4', clips.silentFilm],
    ['a transport stream', clips.transportStream],
    ['Matroska', clips.matroska],
    ['AVI', clips.avi]
  ])('starts anywhere in %s with the frame that is on screen there', async (_name, make) => {
    const path = await make()
    const all = await seen(path, { rateHz: 50 })
    const part = await seen(path, { rateHz: 50, fromSec: 1.63, toSec: 1.9 })
    expect(part.map(({ index }) => index)).toEqual([82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94])
    expect(numbers(part)).toEqual(numbers(all.slice(82, 95)))
    expect(part.map(({ ptsSec }) => ptsSec)).toEqual(all.slice(82, 95).map(({ ptsSec }) => ptsSec))
  })

  it('holds the last frame when more are asked for than there are', async () => {
    const frames = await seen(await clips.silentFilm(), { rateHz: 25, fromSec: 2.8, frameCount: 20 })
    expect(numbers(frames)).toEqual([70, 71, 72, 73, ...Array.from({ length: 16 }, () => 74)])
  })

  it('goes to the last good frame of a truncated film and tells which it was', async () => {
    const media = await probe(await clips.truncatedFilm(), tools)
    let summary: FramesSummary | undefined
    const frames: GridFrame[] = []
    const request = { ...SIZE, rateHz: 25, onEnd: (told: FramesSummary) => (summary = told) }
    for await (const frame of streamFrames(media, request, tools)) frames.push(frame)
    expect(frames).toHaveLength(Math.ceil(media.durationSec * 25 - 1e-6))
    expect(summary!.lastPtsSec).toBeCloseTo(media.durationSec - 0.04, 6)
    expect(numbers(frames).at(-1)).toBe(Math.round(summary!.lastPtsSec * 25))
  })

  it('turns a rotated picture upright', async () => {
    const path = await clips.rotatedFilm()
    const [frame] = await seen(path, { rateHz: 1, fromSec: 1, frameCount: 1, width: 8, height: 40 })
    // Turned counter-clockwise, the lowest bit, at the left, comes to the bottom. Frame 25 = 0000011001.
    const column = Array.from({ length: 10 }, (_, bit) =>
      (frame!.rgb[((39 - bit * 4 - 2) * 8 + 4) * 3] ?? 0) > 127 ? 1 : 0
    )
    expect(column).toEqual([1, 0, 0, 1, 1, 0, 0, 0, 0, 0])
  })

  it('keeps the true shape of an anamorphic picture', async () => {
    const path = await clips.anamorphicFilm()
    const brightRows = async (fit: FramesRequest['fit']): Promise<number[]> => {
      const [frame] = await seen(path, { rateHz: 1, frameCount: 1, width: 16, height: 16, fit })
      return Array.from({ length: 16 }, (_, row) => row).filter((row) => frame!.rgb[(row * 16 + 8) * 3]! > 127)
    }
    // White, 64x64 with pixels twice as wide as high: 2:1 on screen.
    expect(await brightRows('contain')).toEqual([4, 5, 6, 7, 8, 9, 10, 11])
    expect(await brightRows('cover')).toHaveLength(16)
    expect(await brightRows('stretch')).toHaveLength(16)
  })

  it('cuts the sides, not the middle, to cover', async () => {
    const [frame] = await seen(await clips.silentFilm(), {
      rateHz: 1,
      fromSec: 2,
      frameCount: 1,
      width: 32,
      height: 32,
      fit: 'cover'
    })
    // Frame 50 = 0000110010: bits 4 and 5 stand in the middle of 160x32.
    expect(frame!.rgb[(16 * 32 + 8) * 3]).toBeGreaterThan(127)
    expect(frame!.rgb[(16 * 32 + 24) * 3]).toBeGreaterThan(127)
  })

  it('paces ffmpeg by its reader', async () => {
    const media = await probe(await clips.longNtscFilm(), tools)
    const slow: number[] = []
    for await (const frame of streamFrames(media, { ...SIZE, width: 224, height: 224, rateHz: 30 }, tools)) {
      slow.push(frame.index)
      if (frame.index % 100 === 0) await sleep(10)
    }
    expect(slow).toHaveLength(Math.ceil(media.durationSec * 30))
  })

  it('leaves no ffmpeg behind when its reader stops early, or aborts', async () => {
    // A file of its own: other tests run ffmpeg on the shared one.
    const path = clips.scratch('mine.mp4')
    await copyFile(await clips.longNtscFilm(), path)
    const media = await probe(path, tools)
    for await (const frame of streamFrames(media, { ...SIZE, rateHz: 30 }, tools)) if (frame.index === 3) break
    expect(await runningOn(media.path)).toBe(0)

    const controller = new AbortController()
    const read = async (): Promise<void> => {
      for await (const frame of streamFrames(media, { ...SIZE, rateHz: 30 }, tools, controller.signal)) {
        if (frame.index === 3) controller.abort()
      }
    }
    const began = performance.now()
    await expect(read()).rejects.toMatchObject({ name: 'AbortError' })
    expect(performance.now() - began).toBeLessThan(1500)
    expect(await runningOn(media.path)).toBe(0)
  })
})

/** Programs whose arguments name the file. */
async function runningOn(path: string): Promise<number> {
  const { stdout } = await execa('ps', ['-eo', 'args'])
  return stdout.split('\n').filter((line) => line.includes(path) && line.includes('ffmpeg')).length
}
