/** Who hears a key: after the pointer has set something, the film does; after Tab, what the focus stands on. */
import type { Page } from '@playwright/test'
import { DEFAULT_SETTINGS } from '@shared/settings'
import { expect, test } from './project-fixture'
import { boxOf, drag, goToFrame, openDrawn, points, regions, tabTo } from './project-steps'
import { inspector, timecode, undoButton } from './steps'

// The real pack: it has more materials than a row of buttons holds.
test.use({ settings: { ...DEFAULT_SETTINGS, provider: 'cpu' } })

test.beforeEach(async ({ app, page, drawn, folder }) => {
  await openDrawn({ app, page, drawn }, folder)
  await regions(page).click()
  await page.keyboard.press('Home')
})

const slider = (page: Page) => inspector(page).getByRole('slider', { name: 'Guidance' })
const mode = (page: Page, name: string) =>
  inspector(page).getByRole('radiogroup', { name: 'Sync points' }).getByRole('radio', { name })
const stands = (page: Page, frame: number): Promise<void> =>
  expect(timecode(page)).toHaveText(`00:00:00:${String(frame).padStart(2, '0')}`)

test('a slider that was dragged stays where it was let go', async ({ page }) => {
  await drag(page, slider(page), { dx: 12 })
  const guidance = (await slider(page).getAttribute('aria-valuenow')) ?? ''
  for (const [key, frame] of [
    ['ArrowRight', 1],
    ['Shift+ArrowRight', 6],
    ['Home', 0]
  ] as const) {
    await page.keyboard.press(key)
    await stands(page, frame)
    await expect(slider(page)).toHaveAttribute('aria-valuenow', guidance)
  }
})

test('a choice that was clicked stays chosen', async ({ page }) => {
  await mode(page, 'Hints').click()
  await page.keyboard.press('ArrowRight')
  await stands(page, 1)
  await expect(mode(page, 'Hints')).toHaveAttribute('aria-checked', 'true')
})

test('a list that was used with the pointer opens for no letter and no Space', async ({ page }) => {
  const material = inspector(page).getByRole('combobox', { name: /^Material/ })
  for (const end of [() => page.getByRole('option', { name: 'Metal' }).click(), () => page.keyboard.press('Escape')]) {
    await material.click()
    await expect(material).toHaveAttribute('aria-expanded', 'true')
    await end()
    await expect(material).toHaveAttribute('aria-expanded', 'false')
    await page.keyboard.press('Space')
    await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible()
    await page.keyboard.press('k')
    await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible()
    await expect(material).toHaveAttribute('aria-expanded', 'false')
  }
  await expect(material).toContainText('Metal')
})

test('a time that was typed after a click is done with Enter', async ({ page }) => {
  const start = inspector(page).getByRole('textbox', { name: 'Start of the region' })
  await start.click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('00:00:00:10')
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowRight')
  await stands(page, 1)
  await expect(start).toHaveValue('00:00:00:10')
})

test('the border under the picture stays where it was dragged', async ({ page }) => {
  const border = page.getByRole('separator', { name: 'Height of the picture' })
  const { y } = await boxOf(border)
  await drag(page, border, { dy: -40 })
  const moved = (await boxOf(border)).y
  expect(moved).toBeCloseTo(y - 40, 0)
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowDown')
  expect((await boxOf(border)).y).toBe(moved)
})

test('what was reached with Tab keeps its keys', async ({ page }) => {
  await tabTo(page, slider(page))
  const guidance = Number(await slider(page).getAttribute('aria-valuenow'))
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  expect(Number(await slider(page).getAttribute('aria-valuenow'))).toBeCloseTo(guidance + 0.2, 5)
  await tabTo(page, mode(page, 'Off'))
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await expect(mode(page, 'Only')).toHaveAttribute('aria-checked', 'true')
  await stands(page, 0)
})

test('a key that is held steps on and on, but puts down one point and turns a switch once', async ({ page }) => {
  const hold = async (key: string): Promise<void> => {
    // Whatever comes before it is let go is the keyboard's repetition.
    for (let times = 0; times < 4; times += 1) {
      await page.keyboard.down(key)
      await page.waitForTimeout(60)
    }
    await page.keyboard.up(key)
  }
  await hold('ArrowRight')
  await stands(page, 4)
  await page.keyboard.press('Shift+Delete')
  await expect(points(page)).toHaveCount(0)
  await page.keyboard.press('Space')
  await hold('m')
  await page.keyboard.press('k')
  await expect(points(page)).toHaveCount(1)
  await hold('s')
  await expect(page.getByRole('button', { name: 'Snap off' })).toBeVisible()
})

test('Shift with up and down goes from region to region, and the inspector is about it', async ({ page }) => {
  for (const frame of [20, 40]) {
    await page.keyboard.press('Escape')
    await goToFrame(page, frame)
    await page.keyboard.press('b')
  }
  await expect(regions(page)).toHaveCount(3)
  await page.keyboard.press('Escape')
  await goToFrame(page, 25)
  const isAbout = (number: number): Promise<void> =>
    expect(inspector(page).getByRole('heading', { name: `Foley 1 · region ${number}` })).toBeVisible()
  // The one that the playhead stands in, which stays there; then where each begins.
  await page.keyboard.press('Shift+ArrowDown')
  await isAbout(2)
  await expect(timecode(page)).toHaveText('00:00:01:00')
  await page.keyboard.press('Shift+ArrowDown')
  await isAbout(3)
  await expect(timecode(page)).toHaveText('00:00:01:15')
  await page.keyboard.press('Shift+ArrowDown')
  await isAbout(3)
  await page.keyboard.press('Shift+ArrowUp')
  await page.keyboard.press('Shift+ArrowUp')
  await isAbout(1)
  await stands(page, 0)
})

test('sync points are cleared and suggested again by key', async ({ page }) => {
  await page.keyboard.press('r')
  await expect(points(page)).not.toHaveCount(0)
  await page.keyboard.press('Shift+Delete')
  await expect(points(page)).toHaveCount(0)
  await expect(undoButton(page, 'Clear sync points')).toBeEnabled()
  await page.keyboard.press('r')
  await expect(points(page)).not.toHaveCount(0)
})
