/** Playback: picture, playhead and sound go together, and stand on exact frames. */
import type { Page } from '@playwright/test'
import { timecode as timecodeText } from '@shared/time'
import { expect, test } from './project-fixture'
import { boxOf, goToFrame, openDrawn, openFilm, press, regions } from './project-steps'
import {
  FILM_SAMPLES,
  FRAME_SAMPLES,
  markFrames,
  NUMBERED_START,
  numberedFilm,
  shownFrame,
  shownSec,
  timecode,
  video,
  watchSound
} from './steps'

const NTSC = { num: 30_000, den: 1001 }
const playButton = (page: Page, name: 'Play' | 'Pause') => page.getByRole('button', { name, exact: true })

test('playing moves the playhead with the picture, and the sound is scheduled in step', async ({
  app,
  page,
  drawn,
  folder
}) => {
  await openDrawn({ app, page, drawn }, folder)
  const stop = await watchSound(page)
  await page.keyboard.press('Space')
  await expect.poll(() => shownSec(page)).toBeGreaterThan(1.5)
  await page.keyboard.press('Space')
  const { readings, pieces } = await stop()
  expect(readings.length).toBeGreaterThan(10)
  // One beginning, and a correction or two of where it is: sound that is cut again and again is none.
  expect(pieces.length).toBeGreaterThan(0)
  expect(pieces.length).toBeLessThan(8)
  const apart = readings.map(({ shownSec: shown, heardSec }) => Math.abs(shown - heardSec)).toSorted((a, b) => a - b)
  expect(apart[Math.floor(apart.length * 0.5)]).toBeLessThan(0.02)
  expect(apart[Math.floor(apart.length * 0.9)]).toBeLessThan(0.06)
  // The playhead is where the picture was when one of the last two pictures of the screen was drawn.
  const pxPerSec = ((await boxOf(regions(page))).width * 48_000) / FILM_SAMPLES
  for (const [index, { playheadPx, shownSec: shown }] of readings.slice(1).entries()) {
    expect(playheadPx / pxPerSec).toBeGreaterThan((readings[index]?.shownSec ?? NaN) - 0.03)
    expect(playheadPx / pxPerSec).toBeLessThan(shown + 0.03)
  }
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('Space plays and pauses; J, K and L shuttle, again for faster', async ({ app, page, films }) => {
  await openFilm(app, page, films.silent)
  const rate = (): Promise<number> =>
    video(page).evaluate((element) =>
      element instanceof HTMLVideoElement && !element.paused ? element.playbackRate : 0
    )
  await page.keyboard.press('Space')
  await expect(playButton(page, 'Pause')).toBeVisible()
  await expect.poll(rate).toBe(1)
  await page.keyboard.press('Space')
  await expect(playButton(page, 'Play')).toBeVisible()
  await expect.poll(rate).toBe(0)

  await page.keyboard.press('Home')
  await page.keyboard.press('l')
  await expect.poll(rate).toBe(1)
  await page.keyboard.press('l')
  await expect.poll(rate).toBe(2)
  await page.keyboard.press('k')
  await expect.poll(rate).toBe(0)

  await page.keyboard.press('End')
  const end = await shownSec(page)
  await page.keyboard.press('j')
  await expect(playButton(page, 'Pause')).toBeVisible()
  await expect.poll(() => shownSec(page)).toBeLessThan(end - 0.3)
  await page.keyboard.press('j')
  await expect(page.getByText('−2×', { exact: true })).toBeVisible()
  await page.keyboard.press('k')
  await expect(playButton(page, 'Play')).toBeVisible()
})

test('frames are stepped one by one, and the timecode names the frame that shows', async ({ app, page, folder }) => {
  await openFilm(app, page, await numberedFilm(folder))
  const stands = async (frame: number): Promise<void> => {
    await expect(timecode(page)).toHaveText(timecodeText(NUMBERED_START + frame, NTSC, true))
    await expect.poll(() => shownFrame(page), { message: `frame ${frame} shows` }).toBe(frame)
  }
  await stands(0)
  for (const frame of [1, 2, 3]) {
    await page.keyboard.press('ArrowRight')
    await stands(frame)
  }
  await press(page, 'Shift+ArrowRight', 2)
  await stands(13)
  await page.keyboard.press('ArrowLeft')
  await stands(12)
  await page.keyboard.press('Shift+ArrowLeft')
  await stands(7)
  await page.keyboard.press('End')
  await stands(44)
  await page.keyboard.press('ArrowRight')
  await stands(44)
  await page.keyboard.down('k')
  await page.keyboard.press('j')
  await page.keyboard.up('k')
  await stands(43)
  await page.keyboard.press('Home')
  await stands(0)
  await page.keyboard.press('ArrowLeft')
  await stands(0)
})

test('a loop plays the marked range again and again, and nothing else', async ({ app, page, films }) => {
  await openFilm(app, page, films.silent)
  await markFrames(page, 20, 31)
  await page.keyboard.press('p')
  await expect(page.getByRole('button', { name: 'Loop', exact: true })).toHaveAttribute('aria-pressed', 'true')
  await goToFrame(page, 22)
  await page.evaluate(() => {
    const times: number[] = []
    const film = document.querySelector('video')
    const read = (): void => {
      if (film && !film.paused && !film.seeking) times.push(film.currentTime)
      requestAnimationFrame(read)
    }
    requestAnimationFrame(read)
    Object.assign(window, { times })
  })
  const times = (): Promise<number[]> => page.evaluate(() => Reflect.get(window, 'times') as number[])
  const wraps = async (): Promise<number> =>
    (await times()).filter((time, index, all) => time < (all[index - 1] ?? 0)).length
  await page.keyboard.press('Space')
  await expect.poll(wraps).toBeGreaterThanOrEqual(2)
  await page.keyboard.press('Space')
  const seen = await times()
  expect(Math.min(...seen)).toBeGreaterThanOrEqual((20 * FRAME_SAMPLES) / 48_000 - 0.001)
  // What one picture of the screen is late by, on a busy machine.
  expect(Math.max(...seen)).toBeLessThan((32 * FRAME_SAMPLES) / 48_000 + 0.2)
})

/** Where the playhead is drawn, in pixels. */
const playheadPx = (page: Page): Promise<number> =>
  page
    .locator('.overlay .playhead')
    .first()
    .evaluate((element) => new DOMMatrix(getComputedStyle(element).transform).e)

test('a picture that cannot be loaded does not keep the sound from playing', async ({ app, page, drawn, folder }) => {
  await openDrawn({ app, page, drawn }, folder)
  await video(page).evaluate((element) => {
    if (element instanceof HTMLVideoElement) element.src = 'media/none'
  })
  const hasFailed = (): Promise<boolean> =>
    video(page).evaluate((element) => element instanceof HTMLVideoElement && element.error !== null)
  await expect.poll(hasFailed).toBe(true)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  const sounds = (): string[] => asked.filter((url) => url.includes('/pcm?'))
  await page.keyboard.press('Home')
  const start = await playheadPx(page)
  await page.keyboard.press('Space')
  await expect.poll(() => playheadPx(page)).toBeGreaterThan(start + 20)
  await page.keyboard.press('Space')
  await expect(playButton(page, 'Play')).toBeVisible()
  expect(sounds().length).toBeGreaterThan(0)

  // What was heard is at hand: a seek and a loop fetch nothing again.
  await page.keyboard.press('Home')
  await page.keyboard.press('Shift+ArrowRight')
  const again = await playheadPx(page)
  await page.keyboard.press('Space')
  await expect.poll(() => playheadPx(page)).toBeGreaterThan(again + 20)
  await page.keyboard.press('Space')
  expect(new Set(sounds()).size).toBe(sounds().length)
})
