/** Looking around on the timeline, and what a drag jumps to. */
import type { Page } from '@playwright/test'
import { writeFile } from 'node:fs/promises'
import { expect, test } from './project-fixture'
import { boxOf, drag, goToFrame, lane, openProject, pinned, points, readProject, regions, saved } from './project-steps'
import { FILM_SAMPLES, FRAME_SAMPLES, timecode } from './steps'

const ATTACK = 1.21 * 48_000
const POINT = 0.53 * 48_000

let path = ''
/** One attack and one point, neither at a frame's border, so that it shows which of them a drag has met. */
test.beforeEach(async ({ app, page, opened }) => {
  path = opened
  const document = await readProject(path)
  const attacks = [{ sample: ATTACK, levelDb: -6 }]
  const takes = Object.entries(document.takes).map(([id, take]) => [id, { ...take, attacks }] as const)
  const syncMarks = [{ kind: 'pinned', id: 'point', sample: POINT, loudnessDb: null }]
  await page.keyboard.press('ControlOrMeta+w')
  await writeFile(path, JSON.stringify({ ...document, syncMarks, takes: Object.fromEntries(takes) }))
  await openProject(app, page, path)
  await expect(regions(page)).toHaveCount(1)
})

const pxPerSec = async (page: Page): Promise<number> =>
  Number(/Zoom ([\d.]+)/.exec((await page.getByRole('contentinfo').textContent()) ?? '')?.[1])
/** Where a sample is, in pixels of the window: from the region, which spans the film. */
async function xOf(page: Page, sample: number): Promise<number> {
  const [{ x }, { x: point }] = [await boxOf(lane(page, 'Foley 1')), await boxOf(pinned(page))]
  // The point's middle tells where the view begins.
  const middle = point + 7.5
  return sample < 0 ? x : middle + ((sample - POINT) / 48_000) * (await pxPerSec(page))
}

test('the wheel zooms where the cursor is, keys at the playhead, and \\ shows the whole film again', async ({
  page
}) => {
  const whole = await boxOf(pinned(page))
  const fitted = await pxPerSec(page)
  const { y } = await boxOf(lane(page, 'Foley 1'))
  await page.mouse.move(whole.x + 7.5, y + 30)
  for (let turns = 0; turns < 4; turns += 1) await page.mouse.wheel(0, -100)
  await expect.poll(() => pxPerSec(page)).toBeGreaterThan(fitted * 2)
  expect(Math.abs((await boxOf(pinned(page))).x - whole.x)).toBeLessThanOrEqual(1)
  await page.keyboard.press('\\')
  await expect.poll(() => pxPerSec(page)).toBe(fitted)
  expect((await boxOf(pinned(page))).x).toBe(whole.x)

  await goToFrame(page, 40)
  const playhead = page.locator('.overlay .playhead')
  const before = (await boxOf(playhead)).x
  await page.keyboard.press('=')
  await page.keyboard.press('=')
  await expect.poll(() => pxPerSec(page)).toBeGreaterThan(fitted * 2)
  expect(Math.abs((await boxOf(playhead)).x - before)).toBeLessThanOrEqual(1)
  await page.keyboard.press('-')
  await page.keyboard.press('-')
  await expect.poll(() => pxPerSec(page)).toBe(fitted)
})

test('zoomed in, Shift and the wheel scroll, and the overview shows and moves the part in view', async ({ page }) => {
  const overview = lane(page, 'Overview of the film')
  const view = overview.locator('.window')
  const { width } = await boxOf(overview)
  expect((await boxOf(view)).width).toBeCloseTo(width, -1)
  await page.keyboard.press('Home')
  for (let times = 0; times < 4; times += 1) await page.keyboard.press('=')
  await expect.poll(async () => (await boxOf(view)).width).toBeLessThan(width / 3)
  const start = (await boxOf(view)).x
  await boxOf(lane(page, 'Foley 1')).then(({ x, y }) => page.mouse.move(x + 100, y + 30))
  await page.keyboard.down('Shift')
  await page.mouse.wheel(0, 300)
  await page.keyboard.up('Shift')
  await expect.poll(async () => (await boxOf(view)).x).toBeGreaterThan(start + 10)

  const label = page.locator('.ruler .label').first()
  const first = await label.textContent()
  await drag(page, view, { dx: width / 2 })
  await expect(label).not.toHaveText(first ?? '')
  // What is not in view is not there.
  await expect(points(page)).toHaveCount(0)
  // A seek that leaves the view brings it along.
  await page.keyboard.press('Home')
  await expect(points(page)).toHaveCount(1)
})

test('a press on the ruler seeks, a drag scrubs, and the handles of in and out move them', async ({ page }) => {
  const ruler = lane(page, 'Ruler')
  const { y } = await boxOf(ruler)
  await page.mouse.click((await xOf(page, 30.5 * FRAME_SAMPLES)) + 1, y + 18)
  await expect(timecode(page)).toHaveText('00:00:01:05')
  await page.mouse.move(await xOf(page, 30.5 * FRAME_SAMPLES), y + 18)
  await page.mouse.down()
  await page.mouse.move(await xOf(page, 50.5 * FRAME_SAMPLES), y + 18, { steps: 5 })
  await expect(timecode(page)).toHaveText('00:00:02:00')
  await page.mouse.up()

  // A drag over a lane marks, from frame to frame.
  const body = await boxOf(lane(page, 'Original sound'))
  await page.mouse.move(await xOf(page, 20.2 * FRAME_SAMPLES), body.y + 20)
  await page.mouse.down()
  await page.mouse.move(await xOf(page, 44.8 * FRAME_SAMPLES), body.y + 20, { steps: 5 })
  await page.mouse.up()
  const range = async (): Promise<(number | null)[]> => {
    const { inSample, outSample } = (await saved(page, path)).range
    return [inSample, outSample].map((sample) => sample && sample / FRAME_SAMPLES)
  }
  expect(await range()).toEqual([20, 45])
  const frame = (await xOf(page, FRAME_SAMPLES)) - (await xOf(page, 0))
  await drag(page, page.locator('.ruler .end.out'), { dx: frame * -10 })
  expect(await range()).toEqual([20, 35])
  await page.keyboard.press('ControlOrMeta+z')
  expect(await range()).toEqual([20, 45])
})

test('a dragged edge meets a sync point, an onset, the playhead, and otherwise a frame; S lets it go anywhere', async ({
  page
}) => {
  await goToFrame(page, 60)
  /** Drags the region's end to a few pixels beside a place, and back; tells where it came to lie. */
  const trimmedTo = async (sample: number, besidePx: number): Promise<number> => {
    await regions(page).hover({ position: { x: 200, y: 40 } })
    const handle = page.locator('.trim.right')
    const box = await boxOf(handle)
    const end = await xOf(page, FILM_SAMPLES)
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await page.mouse.down()
    const dx = (await xOf(page, sample)) + besidePx - end
    await page.mouse.move(box.x + box.width / 2 + dx, box.y + box.height / 2, { steps: 6 })
    await page.mouse.up()
    const { toSample } = (await saved(page, path)).tracks[0]?.regions[0] ?? { toSample: NaN }
    await page.keyboard.press('ControlOrMeta+z')
    return toSample
  }
  expect(await trimmedTo(POINT, 4)).toBe(POINT)
  expect(await trimmedTo(ATTACK, -4)).toBe(ATTACK)
  expect(await trimmedTo(60 * FRAME_SAMPLES, 5)).toBe(60 * FRAME_SAMPLES)
  expect(await trimmedTo(45 * FRAME_SAMPLES, 3)).toBe(45 * FRAME_SAMPLES)
  await page.keyboard.press('s')
  const free = await trimmedTo(POINT, 4)
  expect(free).not.toBe(POINT)
  expect(Math.abs(free - POINT)).toBeLessThan(FRAME_SAMPLES)
  expect(free % FRAME_SAMPLES).not.toBe(0)
})

test("the film's own sound is drawn under the tracks, and its strip shows pictures along the whole film", async ({
  page
}) => {
  const inked = (): Promise<number> =>
    lane(page, 'Original sound')
      .locator('canvas')
      .first()
      .evaluate((element) => {
        if (!(element instanceof HTMLCanvasElement)) return 0
        const { data } = element.getContext('2d')!.getImageData(0, 0, element.width, element.height)
        const columns = Array.from({ length: element.width }, (_, x) => x)
        const rows = Array.from({ length: element.height }, (_, y) => y)
        const isInked = (x: number): boolean => rows.some((y) => (data[(y * element.width + x) * 4 + 3] ?? 0) > 100)
        return columns.filter(isInked).length / element.width
      })
  // All but the little space beside a film that is shown whole.
  await expect.poll(inked).toBeGreaterThan(0.95)
  const pictures = lane(page, 'Picture').locator('img')
  await expect
    .poll(() =>
      pictures.evaluateAll((images) =>
        images.every((image) => image instanceof HTMLImageElement && image.naturalWidth > 0)
      )
    )
    .toBe(true)
  const { width } = await boxOf(regions(page))
  const widths = await pictures.evaluateAll((images) => images.map((image) => image.getBoundingClientRect().width))
  expect(widths.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(width * 0.95)
})
