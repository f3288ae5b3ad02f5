/** What the keys and the inspector do to a region without a pointer, and how its takes are compared. */
import type { Page } from '@playwright/test'
import { writeFile } from 'node:fs/promises'
import { expect, test } from './project-fixture'
import {
  generate,
  goToFrame,
  lane,
  nextJob,
  openProject,
  press,
  readProject,
  regions,
  saved,
  tabTo
} from './project-steps'
import {
  FILM_SAMPLES,
  firstTrack,
  FRAME_SAMPLES,
  inspector,
  onlyRegion,
  shownSec,
  takeRows,
  takesOf,
  undoButton,
  watchSound
} from './steps'

let path = ''
test.beforeEach(async ({ page, opened }) => {
  path = opened
  await expect(regions(page)).toHaveCount(1)
})

const edges = async (page: Page): Promise<[number, number]> => {
  const { fromSample, toSample } = onlyRegion(await saved(page, path))
  return [fromSample / FRAME_SAMPLES, toSample / FRAME_SAMPLES]
}

test('Q and W trim to the playhead, and an edge is nudged by frames; held, that is one step of undo', async ({
  page
}) => {
  await goToFrame(page, 15)
  await page.keyboard.press('q')
  await goToFrame(page, 60)
  await page.keyboard.press('w')
  expect(await edges(page)).toEqual([15, 60])
  // Beyond its other edge it asks for nothing.
  await page.keyboard.press('End')
  await page.keyboard.press('q')
  expect(await edges(page)).toEqual([15, 60])
  // Outwards again, as far as the take reaches.
  await goToFrame(page, 10)
  await page.keyboard.press('q')
  expect(await edges(page)).toEqual([10, 60])

  await press(page, 'Shift+Period', 3)
  await page.keyboard.press('Shift+Comma')
  await press(page, 'Alt+Comma', 2)
  await page.keyboard.press('Alt+Period')
  expect(await edges(page)).toEqual([12, 59])
  await page.keyboard.press('ControlOrMeta+z')
  expect(await edges(page)).toEqual([12, 60])
  await page.keyboard.press('ControlOrMeta+z')
  expect(await edges(page)).toEqual([10, 60])
})

test('its edges are typed and nudged in the inspector, reached with Tab alone', async ({ page }) => {
  await tabTo(page, regions(page).locator('.body'))
  await page.keyboard.press('Enter')
  await tabTo(page, inspector(page).getByRole('textbox', { name: 'Start of the region' }))
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('00:00:00:20')
  await page.keyboard.press('Enter')
  await tabTo(page, inspector(page).getByRole('textbox', { name: 'End of the region' }))
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('212')
  await page.keyboard.press('Enter')
  await tabTo(page, inspector(page).getByRole('button', { name: 'End One Frame Earlier' }))
  await page.keyboard.press('Enter')
  expect(await edges(page)).toEqual([20, 61])
  await page.keyboard.press('ControlOrMeta+z')
  await page.keyboard.press('ControlOrMeta+z')
  // The film's end is no frame of its own: a later time comes to it.
  const end = inspector(page).getByRole('textbox', { name: 'End of the region' })
  await end.fill('00:00:09:00')
  await end.press('Enter')
  expect(onlyRegion(await saved(page, path)).toSample).toBe(FILM_SAMPLES)
})

test('a number that is typed stays with its region when another is grabbed before it is taken', async ({ page }) => {
  await goToFrame(page, 40)
  await page.keyboard.press('b')
  await regions(page).nth(0).click()
  await inspector(page)
    .getByRole('button', { name: /^Gain: .*Type a value/ })
    .click()
  await inspector(page).getByRole('textbox', { name: 'Gain' }).fill('-6')
  await regions(page).nth(1).click()
  const gains = async () => firstTrack(await saved(page, path)).regions.map(({ gainDb }) => gainDb)
  expect(await gains()).toEqual([-6, 0])
  await inspector(page).getByRole('textbox', { name: 'Start of the region' }).fill('+5')
  await regions(page).nth(0).click()
  const starts = firstTrack(await saved(page, path)).regions.map(({ fromSample }) => fromSample / FRAME_SAMPLES)
  expect(starts).toEqual([0, 45])
})

test('fades reach to the playhead by a key, and take a typed number', async ({ page }) => {
  await goToFrame(page, 10)
  await page.keyboard.press('Shift+q')
  await goToFrame(page, 67)
  await page.keyboard.press('Shift+w')
  const fades = { fadeInSamples: 10 * FRAME_SAMPLES, fadeOutSamples: FILM_SAMPLES - 67 * FRAME_SAMPLES }
  expect(onlyRegion(await saved(page, path))).toMatchObject(fades)
  await tabTo(page, inspector(page).getByRole('button', { name: /^Fade in: .*Type a value/ }))
  await page.keyboard.press('Enter')
  await page.keyboard.type('250')
  await page.keyboard.press('Enter')
  expect(onlyRegion(await saved(page, path))).toMatchObject({ ...fades, fadeInSamples: 12_000 })
  await page.keyboard.press('ControlOrMeta+z')
  expect(onlyRegion(await saved(page, path))).toMatchObject(fades)
})

test('a region is muted and soloed by key and button; solo silences the rest, and says so', async ({ page }) => {
  await goToFrame(page, 40)
  await page.keyboard.press('b')
  await expect(regions(page)).toHaveCount(2)
  const [first, second] = [regions(page).nth(0), regions(page).nth(1)]
  await page.keyboard.press('Shift+u')
  await expect(second.getByRole('button').first()).toHaveAccessibleName(/, solo$/)
  await expect(second).not.toHaveClass(/silenced/)
  await expect(first).toHaveClass(/silenced/)
  const soloOf = async (): Promise<boolean[]> =>
    (await saved(page, path)).tracks.flatMap((track) => track.regions.map(({ solo }) => solo))
  expect(await soloOf()).toEqual([false, true])
  const button = inspector(page).getByRole('button', { name: 'Solo', exact: true })
  await expect(button).toHaveAttribute('aria-pressed', 'true')
  await button.click()
  expect(await soloOf()).toEqual([false, false])
  await expect(first).not.toHaveClass(/silenced/)
  await page.keyboard.press('u')
  await expect(inspector(page).getByRole('button', { name: 'Mute', exact: true })).toHaveAttribute(
    'aria-pressed',
    'true'
  )
  await expect(second).toHaveClass(/silenced/)
  await page.keyboard.press('ControlOrMeta+z')
  await expect(second).not.toHaveClass(/silenced/)
})

test('a region that is solo is heard alone: no other take is fetched, and the film is silent', async ({ page }) => {
  await goToFrame(page, 40)
  await page.keyboard.press('b')
  await expect(regions(page)).toHaveCount(2)
  await page.keyboard.press('Shift+u')
  await expect(lane(page, 'Original sound')).toHaveClass(/silent/)
  await page.keyboard.press('Home')
  const fetched: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/pcm')) fetched.push(request.url())
  })
  await page.keyboard.press('Space')
  await expect.poll(() => shownSec(page)).toBeGreaterThan(1.8)
  await page.keyboard.press('Space')
  const begins = fetched.map((url) => Number(new URL(url).searchParams.get('from')))
  expect(begins.length).toBeGreaterThan(0)
  for (const begin of begins) expect(begin).toBeGreaterThanOrEqual(40 * FRAME_SAMPLES)
})

test('A loops the region with the take that plays, and again with the one before; Enter keeps what is heard', async ({
  page
}) => {
  await regions(page).click()
  await expect(inspector(page).getByRole('group', { name: 'Compare two takes' })).toHaveCount(0)
  await generate(page)
  await expect(takeRows(page)).toHaveCount(2)
  const [older, newer] = takesOf(await saved(page, path))
  if (!older || !newer) throw new Error('there are no two takes')
  const compare = inspector(page).getByRole('group', { name: 'Compare two takes' })
  const [a, b] = [compare.getByRole('button', { name: 'A: loop take 2' }), compare.getByRole('button', { name: /^B/ })]
  await expect(b).toHaveAccessibleName('B: loop take 1')

  const stop = await watchSound(page)
  const asked = (takeId: string): Promise<unknown> => page.waitForRequest(new RegExp(`takes/${takeId}/pcm`))
  const first = asked(newer.id)
  await page.keyboard.press('a')
  await first
  await expect(a).toHaveAttribute('aria-pressed', 'true')
  const second = asked(older.id)
  const wrapped = await page.evaluate(switchAndWrap)
  await second
  await expect(b).toHaveAttribute('aria-pressed', 'true')
  // The sound went on from where it was: that much later on the audio clock, that much later in the film.
  const { pieces } = await stop()
  const switched = pieces.findIndex(({ takeId }) => takeId === older.id)
  const [from, to] = [pieces[switched - 1], pieces[switched]]
  if (from?.takeId !== newer.id || !to) throw new Error('take 1 was not scheduled after take 2')
  expect(Math.abs(to.fromSec - from.fromSec - (to.atSec - from.atSec))).toBeLessThan(0.05)
  // And it began again at the region's end.
  expect(wrapped).toBe(true)
  expect(onlyRegion(await saved(page, path)).takeId).toBe(newer.id)

  await page.keyboard.press('Enter')
  await expect(undoButton(page, 'Choose take')).toBeEnabled()
  expect(onlyRegion(await saved(page, path)).takeId).toBe(older.id)
  // The other way round from now on.
  await expect(compare.getByRole('button', { name: 'B: loop take 2' })).toBeVisible()
  await page.keyboard.press('k')
  await compare.getByRole('button', { name: 'B: loop take 2' }).click()
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible()
  await page.keyboard.press('k')
})

/** Presses A in the middle of the film, and plays on. Returns whether it began again. In the page: it takes pictures, not seconds. */
async function switchAndWrap(): Promise<boolean> {
  const film = document.querySelector('video')
  if (!film) throw new Error('there is no film')
  const picture = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve))
  while (film.currentTime < 0.3 || film.currentTime > 2) await picture()
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', code: 'KeyA', bubbles: true, cancelable: true }))
  for (let last = film.currentTime; ; last = film.currentTime) {
    await picture()
    if (film.paused && !film.seeking) return false
    if (film.currentTime < last - 1) return true
  }
}

test.describe('onsets as a table', () => {
  /** Seconds of the attacks that the take is given: what the fixture pack draws is noise. */
  const ATTACKS_SEC = [0.5, 1.2, 2]
  test.beforeEach(async ({ app, page }) => {
    const document = await readProject(path)
    const attacks = ATTACKS_SEC.map((sec) => ({ sample: sec * 48_000, levelDb: -6 }))
    const takes = Object.entries(document.takes).map(([id, take]) => [id, { ...take, attacks }] as const)
    await page.keyboard.press('ControlOrMeta+w')
    await writeFile(path, JSON.stringify({ ...document, syncMarks: [], takes: Object.fromEntries(takes) }))
    await openProject(app, page, path)
    await page.keyboard.press('t')
    await page.getByRole('tab', { name: /onsets?$/ }).click()
  })
  const dialog = (page: Page) => page.getByRole('dialog', { name: 'Sync points and onsets' })

  test('an onset is pinned where it is, and gone to', async ({ page }) => {
    await tabTo(page, dialog(page).getByRole('button', { name: 'Pin onset 2', exact: true }))
    await page.keyboard.press('Enter')
    await expect(dialog(page).getByText('Pinned', { exact: true })).toHaveCount(1)
    await tabTo(page, dialog(page).getByRole('button', { name: 'Go to onset 2', exact: true }))
    await page.keyboard.press('Enter')
    await expect(dialog(page)).toBeHidden()
    expect((await saved(page, path)).syncMarks).toMatchObject([{ kind: 'pinned', sample: 1.2 * 48_000 }])
    await expect(lane(page, 'Sync points').getByRole('button')).toHaveCount(1)
    await expect.poll(async () => Math.abs((await shownSec(page)) - 1.2)).toBeLessThan(0.041)
  })

  test('a typed time asks for the hit there; the part around it is drawn again, following the point', async ({
    page
  }) => {
    await tabTo(page, dialog(page).getByRole('textbox', { name: 'Time of onset 1', exact: true }))
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('00:00:01:15')
    await page.keyboard.press('Enter')
    await expect(
      dialog(page)
        .getByRole('status')
        .getByText(/sync point is at 00:00:01:15/)
    ).toBeVisible()
    const drawn = nextJob(page, 'generate')
    await tabTo(page, dialog(page).getByRole('button', { name: 'Regenerate around it' }))
    await page.keyboard.press('Enter')
    expect(await drawn).toBe('done')
    await expect(dialog(page).getByText(/sync point is at/)).toBeHidden()
    await page.keyboard.press('Escape')
    const { syncMarks, tracks } = await saved(page, path)
    expect(syncMarks).toMatchObject([{ kind: 'pinned', sample: 40 * FRAME_SAMPLES }])
    const covering = tracks[0]?.regions.find(
      ({ fromSample, toSample }) => fromSample < 40 * FRAME_SAMPLES && toSample > 40 * FRAME_SAMPLES
    )
    expect(covering?.settings.syncMode).toBe('hints')
  })

  test('an onset is silenced: the part of the region is muted, its row is gone, and undo brings both back', async ({
    page
  }) => {
    const rows = dialog(page).getByRole('button', { name: /^Silence onset/ })
    await expect(rows).toHaveCount(ATTACKS_SEC.length)
    await tabTo(page, rows.nth(1))
    await page.keyboard.press('Enter')
    await expect(rows).toHaveCount(2)
    await expect(rows.nth(1)).toBeFocused()
    await expect(dialog(page).getByRole('textbox', { name: 'Time of onset 2', exact: true })).toHaveValue('00:00:02:00')
    await page.keyboard.press('Escape')
    const muted = (await saved(page, path)).tracks.flatMap((track) => track.regions.filter((region) => region.muted))
    expect(muted).toMatchObject([{ fromSample: 1.19 * 48_000, toSample: 1.7 * 48_000 }])
    await page.keyboard.press('ControlOrMeta+z')
    await expect(regions(page)).toHaveCount(1)
    expect(onlyRegion(await saved(page, path)).muted).toBe(false)
  })
})
