/** Tracks and regions under the editor's hands. Each edit is looked at in the project's file, and undone. */
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './project-fixture'
import { boxOf, drag, goToFrame, playheadX, press, regions, saved } from './project-steps'
import { FILM_SAMPLES, firstTrack, FRAME_SAMPLES, inspector, onlyRegion } from './steps'

let path = ''
test.beforeEach(async ({ page, opened }) => {
  path = opened
  await expect(regions(page)).toHaveCount(1)
})

const header = (page: Page, name: string): Locator => page.getByRole('button', { name: `Track ${name}`, exact: true })
const undo = (page: Page): Promise<void> => page.keyboard.press('ControlOrMeta+z')

test('a track is added, and undo takes it away', async ({ page }) => {
  await page.keyboard.press('ControlOrMeta+t')
  await expect(header(page, 'Foley 2')).toHaveAttribute('aria-pressed', 'true')
  const { tracks } = await saved(page, path)
  expect(tracks.map(({ name, regions: { length } }) => [name, length])).toEqual([
    ['Foley 1', 1],
    ['Foley 2', 0]
  ])
  expect(new Set(tracks.map(({ hue }) => hue)).size).toBe(2)
  await undo(page)
  await expect(header(page, 'Foley 2')).toHaveCount(0)
})

test('a track is renamed in its header, and in the inspector', async ({ page }) => {
  await header(page, 'Foley 1').press('F2')
  await page.getByRole('textbox', { name: 'Name of the track' }).fill('Stick')
  await page.keyboard.press('Enter')
  await expect(header(page, 'Stick')).toBeVisible()
  await header(page, 'Stick').click()
  await inspector(page).getByRole('textbox', { name: 'Name' }).fill('Steps')
  await page.keyboard.press('Enter')
  expect(firstTrack(await saved(page, path)).name).toBe('Steps')
  await undo(page)
  await expect(header(page, 'Stick')).toBeVisible()
  await undo(page)
  await expect(header(page, 'Foley 1')).toBeVisible()
})

test('a track is removed, and comes back with its region', async ({ page }) => {
  await page.getByRole('button', { name: 'Remove Foley 1' }).click()
  await expect(regions(page)).toHaveCount(0)
  expect((await saved(page, path)).tracks).toEqual([])
  await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Undo' }).click()
  await expect(regions(page)).toHaveCount(1)
})

test('the button that brings a track back undoes nothing else', async ({ page }) => {
  await page.getByRole('button', { name: 'Remove Foley 1' }).click()
  await page.keyboard.press('ControlOrMeta+t')
  const messages = page.getByRole('region', { name: 'Messages' })
  await messages.getByRole('button', { name: 'Undo' }).click()
  await expect(messages).toContainText('Other changes followed.')
  expect((await saved(page, path)).tracks).toMatchObject([{ regions: [] }])
})

test('mute and solo by their buttons and their keys', async ({ page }) => {
  const mute = page.getByRole('button', { name: 'Mute Foley 1' })
  const solo = page.getByRole('button', { name: 'Solo Foley 1' })
  // The key is told where it works: on the track that new sound goes to.
  await expect(mute).toHaveAttribute('title', 'Mute (Shift+M)')
  await expect(page.getByRole('button', { name: 'Mute Original' })).toHaveAttribute('title', 'Mute')
  await page.keyboard.press('Shift+m')
  await expect(mute).toHaveAttribute('aria-pressed', 'true')
  await solo.click()
  await expect(solo).toHaveAttribute('aria-pressed', 'true')
  expect(firstTrack(await saved(page, path))).toMatchObject({ muted: true, solo: true })
  await undo(page)
  await expect(solo).toHaveAttribute('aria-pressed', 'false')
  await mute.click()
  await expect(mute).toHaveAttribute('aria-pressed', 'false')
  await page.keyboard.press('Shift+s')
  await expect(solo).toHaveAttribute('aria-pressed', 'true')
})

test('a region is trimmed at both edges, to the playhead, and undone by one step each', async ({ page }) => {
  const whole = onlyRegion(await saved(page, path))
  const trim = async (side: 'left' | 'right', frame: number): Promise<void> => {
    await goToFrame(page, frame)
    await regions(page).hover()
    const handle = page.locator(`.trim.${side}`)
    const box = await boxOf(handle)
    await drag(page, handle, { dx: (await playheadX(page)) - (box.x + box.width / 2) + (side === 'left' ? 2 : -2) })
  }
  await trim('left', 15)
  await trim('right', 60)
  const trimmed = onlyRegion(await saved(page, path))
  expect(trimmed).toEqual({ ...whole, fromSample: 15 * FRAME_SAMPLES, toSample: 60 * FRAME_SAMPLES })
  await undo(page)
  expect(onlyRegion(await saved(page, path))).toEqual({ ...whole, fromSample: 15 * FRAME_SAMPLES })
  await undo(page)
  expect(onlyRegion(await saved(page, path))).toEqual(whole)
})

test('B splits the region at the playhead: both halves play the same take', async ({ page }) => {
  const whole = onlyRegion(await saved(page, path))
  await goToFrame(page, 40)
  await page.keyboard.press('b')
  await expect(regions(page)).toHaveCount(2)
  const [left, right] = firstTrack(await saved(page, path)).regions
  expect(left).toEqual({ ...whole, toSample: 40 * FRAME_SAMPLES })
  expect(right).toEqual({ ...whole, id: right?.id, fromSample: 40 * FRAME_SAMPLES })
  await undo(page)
  expect(onlyRegion(await saved(page, path))).toEqual(whole)
})

test('Delete removes the selected region, and undo brings it back with its takes', async ({ page }) => {
  const before = await saved(page, path)
  await regions(page).click()
  await page.keyboard.press('Delete')
  await expect(regions(page)).toHaveCount(0)
  expect(firstTrack(await saved(page, path)).regions).toEqual([])
  await undo(page)
  expect(await saved(page, path)).toEqual(before)
})

test('fades are dragged on the region and set in the inspector', async ({ page }) => {
  await regions(page).click()
  await drag(page, page.locator('.fade').first(), { dx: 60 })
  const dragged = onlyRegion(await saved(page, path))
  expect(dragged.fadeInSamples).toBeGreaterThan(FRAME_SAMPLES)
  const fadeOut = inspector(page).getByRole('slider', { name: 'Fade out' })
  await fadeOut.press('PageUp')
  await expect(fadeOut).toHaveAttribute('aria-valuetext', '50 ms')
  expect(onlyRegion(await saved(page, path))).toEqual({ ...dragged, fadeOutSamples: 2400 })
  await undo(page)
  await undo(page)
  expect(onlyRegion(await saved(page, path))).toMatchObject({ fadeInSamples: 0, fadeOutSamples: 0 })
})

test('keys neither delete nor undo what is held', async ({ page }) => {
  await regions(page).click()
  const before = onlyRegion(await saved(page, path))
  await drag(page, page.locator('.trim.right'), {
    dx: -60,
    during: async () => {
      await page.keyboard.press('Delete')
      await undo(page)
    }
  })
  const { toSample } = onlyRegion(await saved(page, path))
  expect(toSample).toBeLessThan(before.toSample)
  await undo(page)
  expect(onlyRegion(await saved(page, path))).toEqual(before)
})

test('a trim that goes over a fade on its way leaves it as it was', async ({ page }) => {
  await regions(page).click()
  await drag(page, page.locator('.fade').first(), { dx: 60 })
  const { fadeInSamples } = onlyRegion(await saved(page, path))
  const box = await boxOf(page.locator('.trim.right'))
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x, y)
  await page.mouse.down()
  const { width } = await boxOf(regions(page))
  for (const share of [0.5, 0.98, 0.3]) await page.mouse.move(x - share * width, y, { steps: 4 })
  await page.mouse.up()
  const trimmed = onlyRegion(await saved(page, path))
  expect(trimmed.toSample).toBeLessThan(0.8 * FILM_SAMPLES)
  expect(trimmed.fadeInSamples).toBe(fadeInSamples)
})

test("a region's gain: one drag of the slider is one step", async ({ page }) => {
  await regions(page).click()
  const gain = inspector(page).getByRole('slider', { name: 'Gain' })
  await gain.press('ArrowLeft')
  await expect(gain).toHaveAttribute('aria-valuetext', '−0.5 dB')
  const box = await boxOf(gain)
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2, { steps: 5 })
  await page.mouse.up()
  expect(onlyRegion(await saved(page, path)).gainDb).toBe(-18)
  await undo(page)
  await expect(gain).toHaveAttribute('aria-valuetext', '−0.5 dB')
  await press(page, 'ControlOrMeta+z', 1)
  await expect(gain).toHaveAttribute('aria-valuetext', '0.0 dB')
})
