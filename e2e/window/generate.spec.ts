/** Drawing sound: the whole film, a marked range, several takes, seeds and what the inspector asks for. */
import type { Page } from '@playwright/test'
import { join } from 'node:path'
import { DEFAULT_SETTINGS } from '@shared/settings'
import type { ProjectDocument } from '@shared/project'
import { expect, test } from './project-fixture'
import { generate, lane, nextJob, openFilm, regions, saveAs, saved } from './project-steps'
import {
  differing,
  FILM_SAMPLES,
  firstTrack,
  FRAME_SAMPLES,
  inspector,
  markFrames,
  onlyRegion,
  takePcm,
  takeRows,
  takesOf,
  undoButton
} from './steps'

test.describe('with the real pack', () => {
  test.use({ settings: { ...DEFAULT_SETTINGS, provider: 'cpu' } })

  test('a whole track is drawn: its region, its waveform and its attacks are on the timeline, as long as the film', async ({
    app,
    page,
    films,
    folder
  }) => {
    await openFilm(app, page, films.silent)
    expect(await inkOf(page)).toEqual({ wave: 0, ticks: [] })
    await generate(page)
    const document = await saveAs(app, page, join(folder, 'clip.foley'))
    expect(document.media.durationSamples).toBe(FILM_SAMPLES)
    const region = onlyRegion(document)
    expect(region).toMatchObject({ fromSample: 0, toSample: FILM_SAMPLES })
    const [take] = takesOf(document)
    expect(take).toMatchObject({ name: 'Take 1', fromSample: 0, toSample: FILM_SAMPLES })
    const sound = await takePcm(page, region.takeId, 0, FILM_SAMPLES + 100)
    expect(sound.subarray(0, FILM_SAMPLES).some((value) => Math.abs(value) > 0.01)).toBe(true)
    expect(sound.subarray(FILM_SAMPLES).every((value) => value === 0)).toBe(true)

    const track = await lane(page, 'Foley 1').boundingBox()
    const box = await regions(page).boundingBox()
    if (!track || !box || !take) throw new Error('there is nothing on the timeline')
    const pxPerSec = box.width / (FILM_SAMPLES / 48_000)
    expect(take.attacks.length).toBeGreaterThan(0)
    await expect
      .poll(async () => (await inkOf(page)).ticks.length)
      .toBe(new Set(take.attacks.map(({ sample }) => Math.round((sample / 48_000) * pxPerSec))).size)
    const { wave, ticks } = await inkOf(page)
    expect(wave).toBeGreaterThan(box.width * 0.98)
    for (const [index, { sample }] of take.attacks.entries()) {
      expect(Math.abs((ticks[index] ?? NaN) - box.x + track.x - (sample / 48_000) * pxPerSec)).toBeLessThan(2)
    }
  })
})

/** What is drawn on the first track's canvas: columns of its waveform, and where the ticks over it begin, in pixels. */
const inkOf = (page: Page): Promise<{ wave: number; ticks: number[] }> =>
  page
    .locator('[data-track] canvas')
    .first()
    .evaluate((element) => {
      if (!(element instanceof HTMLCanvasElement)) throw new Error('no canvas')
      const context = element.getContext('2d')
      const ratio = element.width / Math.max(1, parseFloat(element.style.width))
      const { data } = context?.getImageData(0, 0, element.width, element.height) ?? { data: [] }
      const isInked = (x: number, y: number): boolean => (data[(y * element.width + x) * 4 + 3] ?? 0) > 100
      const columns = Array.from({ length: element.width }, (_, x) => x)
      const row = Math.round(4 * ratio)
      const below = Array.from({ length: element.height - 3 * row }, (_, y) => y + 3 * row)
      const wave = columns.filter((x) => below.some((y) => isInked(x, y)))
      const ticks = columns.filter((x) => isInked(x, row) && (x === 0 || !isInked(x - 1, row)))
      // A tick is drawn from one pixel before its place.
      return { wave: wave.length / ratio, ticks: ticks.map((x) => x / ratio + 1) }
    })

test('only the range between I and O is drawn: the region is exactly that', async ({ app, page, films, folder }) => {
  await openFilm(app, page, films.silent)
  await markFrames(page, 20, 49)
  await expect(page.getByRole('button', { name: 'Generate marked range' })).toBeVisible()
  await generate(page)
  const document = await saveAs(app, page, join(folder, 'clip.foley'))
  const range = { fromSample: 20 * FRAME_SAMPLES, toSample: 50 * FRAME_SAMPLES }
  expect(onlyRegion(document)).toMatchObject(range)
  expect(takesOf(document)).toMatchObject([range])
  const sound = await takePcm(page, onlyRegion(document).takeId, 0, FILM_SAMPLES)
  const heard = [...sound.keys()].filter((n) => sound[n] !== 0)
  expect(Math.min(...heard.slice(0, 1))).toBeGreaterThanOrEqual(range.fromSample)
  expect(heard.at(-1)).toBeLessThan(range.toSample)
  expect(heard.length).toBeGreaterThan(1000)
})

test('three takes are drawn at once; key 2 auditions the second, Enter keeps it, undo and redo go back and forth', async ({
  app,
  page,
  films,
  folder
}) => {
  await openFilm(app, page, films.silent)
  const drawn = nextJob(page, 'generate')
  await page.keyboard.press('Shift+g')
  expect(await drawn).toBe('done')
  await expect(takeRows(page)).toHaveCount(3)
  const path = join(folder, 'clip.foley')
  const first = await saveAs(app, page, path)
  const takes = takesOf(first)
  expect(takes.map(({ name }) => name)).toEqual(['Take 1', 'Take 2', 'Take 3'])
  expect(new Set(takes.map(({ settings }) => settings.seed)).size).toBe(3)
  expect(onlyRegion(first).takeId).toBe(takes[0]?.id)

  const asked = page.waitForRequest(new RegExp(`takes/${takes[1]?.id}/pcm`))
  await page.keyboard.press('2')
  await asked
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible()
  await expect(undoButton(page, 'Generate')).toBeEnabled()
  await page.keyboard.press('Enter')
  await expect(takeRows(page).nth(1)).toHaveAttribute('aria-pressed', 'true')
  await page.keyboard.press('k')
  const kept = await saved(page, path)
  expect(onlyRegion(kept).takeId).toBe(takes[1]?.id)

  await page.keyboard.press('ControlOrMeta+z')
  await expect(takeRows(page).first()).toHaveAttribute('aria-pressed', 'true')
  expect(await saved(page, path)).toEqual(first)
  await page.keyboard.press('ControlOrMeta+z')
  await expect(regions(page)).toHaveCount(0)
  await page.keyboard.press('ControlOrMeta+Shift+z')
  await page.keyboard.press('ControlOrMeta+Shift+z')
  await expect(regions(page)).toHaveCount(1)
  expect(await saved(page, path)).toEqual(kept)
  // Not only referred to: what was undone still sounds.
  const sounds = await Promise.all(takes.map(({ id }) => takePcm(page, id, 0, FILM_SAMPLES)))
  for (const sound of sounds) expect(sound.some((value) => value !== 0)).toBe(true)
  expect(differing(sounds[0] ?? new Float32Array(), sounds[1] ?? new Float32Array())).toBeGreaterThan(1000)
})

test('one drag of a slider is one step of undo', async ({ page, opened: path }) => {
  await regions(page).click()
  const before = onlyRegion(await saved(page, path))
  const slider = inspector(page).getByRole('slider', { name: 'Guidance' })
  const box = await slider.boundingBox()
  if (!box) throw new Error('there is no slider')
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2, { steps: 12 })
  await page.mouse.up()
  expect(onlyRegion(await saved(page, path)).settings.guidance).toBeCloseTo(9, 0)
  await expect(undoButton(page, 'Change guidance')).toBeEnabled()
  await page.keyboard.press('ControlOrMeta+z')
  expect(onlyRegion(await saved(page, path))).toEqual(before)
  await expect(undoButton(page, '')).toBeDisabled()
})

test.describe('a locked seed', () => {
  let path = ''
  let before: ProjectDocument
  test.beforeEach(async ({ page, opened }) => {
    path = opened
    await regions(page).click()
    await inspector(page).getByRole('button', { name: 'Lock the seed' }).click()
    before = await saved(page, path)
    expect(onlyRegion(before).settings.seedLocked).toBe(true)
  })

  /** Sound of a new take. */
  async function draw(page: Page): Promise<Float32Array> {
    const count = await takeRows(page).count()
    await generate(page)
    await expect(takeRows(page)).toHaveCount(count + 1)
    const take = takesOf(await saved(page, path)).at(-1)
    expect(take?.settings.seed).toBe(onlyRegion(before).settings.seed)
    return takePcm(page, take?.id ?? '', 0, FILM_SAMPLES)
  }

  test('draws the same take again, and another one once it is free', async ({ page }) => {
    const first = await takePcm(page, onlyRegion(before).takeId, 0, FILM_SAMPLES)
    expect(differing(await draw(page), first)).toBe(0)
    expect(differing(await draw(page), first)).toBe(0)
    await inspector(page).getByRole('button', { name: 'Lock the seed' }).click()
    await generate(page)
    const free = firstTrack(await saved(page, path)).regions[0]
    expect(free?.settings.seed).not.toBe(onlyRegion(before).settings.seed)
    expect(differing(await takePcm(page, free?.takeId ?? '', 0, FILM_SAMPLES), first)).toBeGreaterThan(1000)
  })

  test('draws another take where guidance, steps, material or the sync points say so', async ({ app, page }) => {
    const same = await draw(page)
    const panel = inspector(page)
    const other: Float32Array[] = [same]
    const expectNew = async (what: string): Promise<void> => {
      const sound = await draw(page)
      for (const each of other) expect(differing(sound, each), what).toBeGreaterThan(1000)
      other.push(sound)
    }
    await panel.getByRole('slider', { name: 'Guidance' }).press('End')
    await expectNew('guidance')
    await panel.getByRole('slider', { name: 'Steps' }).press('PageUp')
    await expectNew('steps')
    await panel.getByRole('radiogroup', { name: 'Material' }).getByRole('radio', { name: 'Metal' }).click()
    await expectNew('material')
    await app.chooseMenuItem('sync.clear')
    await page.keyboard.press('Home')
    await page.keyboard.press('Shift+ArrowRight')
    await page.keyboard.press('m')
    await regions(page).click()
    const modes = panel.getByRole('radiogroup', { name: 'Sync points' })
    await modes.getByRole('radio', { name: 'Hints' }).click()
    await expectNew('hints')
    await modes.getByRole('radio', { name: 'Only' }).click()
    await expectNew('only')
  })
})
