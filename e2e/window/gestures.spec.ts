/** A drag that is given up with Escape was none: no edit, no step of undo. */
import { expect, test } from './project-fixture'
import { drag, goToFrame, pinned, points, saved, suggested } from './project-steps'
import { FRAME_SAMPLES, undoButton } from './steps'

let path = ''
test.beforeEach(async ({ app, page, opened }) => {
  path = opened
  await app.chooseMenuItem('sync.clear')
  await expect(points(page)).toHaveCount(0)
})

test('a sync point goes back to where it was, and undo takes back what came before', async ({ page }) => {
  await goToFrame(page, 50)
  await page.keyboard.press('m')
  const before = await saved(page, path)
  for (const [dx, dy] of [
    [60, 0],
    [0, -12]
  ] as const) {
    if (dy !== 0) await page.keyboard.down('Alt')
    await drag(page, pinned(page), {
      dx,
      dy,
      during: async () => {
        await expect(undoButton(page, dx === 0 ? 'Sync loudness' : 'Move sync point')).toBeEnabled()
        await page.keyboard.press('Escape')
      }
    })
    if (dy !== 0) await page.keyboard.up('Alt')
    await expect(page.locator('.bubble')).toHaveCount(0)
    await expect(undoButton(page, 'Add sync point')).toBeEnabled()
  }
  expect(await saved(page, path)).toEqual(before)
  expect(before.syncMarks).toMatchObject([{ sample: 50 * FRAME_SAMPLES, loudnessDb: null }])
  await page.keyboard.press('ControlOrMeta+z')
  await expect(points(page)).toHaveCount(0)
})

test('a suggestion that was dragged and let be is a suggestion still', async ({ app, page }) => {
  await app.chooseMenuItem('sync.suggest')
  await expect(suggested(page)).not.toHaveCount(0)
  const before = await saved(page, path)
  await drag(page, suggested(page).first(), {
    dx: 40,
    during: async () => {
      await expect(pinned(page)).toHaveCount(1)
      await page.keyboard.press('Escape')
    }
  })
  await expect(pinned(page)).toHaveCount(0)
  expect(await saved(page, path)).toEqual(before)
})
