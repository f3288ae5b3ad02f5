/** What a screen reader and a keyboard meet: axe on every screen, and the whole way from first run to export by keys. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Locator, Page } from '@playwright/test'
import { access, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { streamsOf } from './media-files'
import { expect, FAST_SETTINGS, test } from './project-fixture'
import { choosePath, nextJob, openDrawn, pinned, press, regions, tabTo } from './project-steps'

/** Serious and critical findings, as readable lines. */
async function faultsOf(page: Page): Promise<string[]> {
  // Legacy: in the page itself. There are no frames, and Electron has no second page to open.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary}`)
    )
}

/** What is fading in has less contrast for a moment; it begins with the next frame. What moves for ever is not waited for. */
const settled = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    await new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
    await Promise.allSettled(ending.map(({ finished }) => finished))
  })

async function hasNoFaults(page: Page): Promise<void> {
  await settled(page)
  expect(await faultsOf(page)).toEqual([])
}
const dialogOf = (page: Page, name: string): Locator => page.getByRole('dialog', { name })

for (const theme of ['dark', 'light'] as const) {
  test.describe(`axe finds nothing serious, ${theme}`, () => {
    test.use({ settings: { ...FAST_SETTINGS, theme } })

    test('on the first screen', async ({ page }) => {
      await hasNoFaults(page)
    })

    test('on an open project with generated sound, whatever is selected', async ({ app, page, drawn, folder }) => {
      await openDrawn({ app, page, drawn }, folder)
      await expect(regions(page)).toHaveCount(1)
      await hasNoFaults(page)
      await regions(page).click()
      await expect(page.getByRole('heading', { name: 'Takes' })).toBeVisible()
      await hasNoFaults(page)
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('m')
      await expect(page.getByRole('heading', { name: /^Sync point/ })).toBeVisible()
      await hasNoFaults(page)
      await page.keyboard.press('ControlOrMeta+z')
      await page.getByRole('button', { name: 'Track Foley 1' }).click()
      await hasNoFaults(page)
      await choosePath(app, page, join(folder, 'clip.takes'))
      await expect(page.getByRole('alert')).toBeVisible()
      await hasNoFaults(page)
    })

    test('on each dialog', async ({ app, page, folder, opened: path }) => {
      await expect(regions(page)).toHaveCount(1)
      const open = {
        Export: () => page.keyboard.press('ControlOrMeta+e'),
        Settings: () => page.keyboard.press('ControlOrMeta+Comma'),
        'About Foley Studio': () => app.chooseMenuItem('help.about'),
        'Keyboard shortcuts': () => page.keyboard.press('?'),
        'Sync points and onsets': () => page.keyboard.press('t')
      }
      for (const [name, show] of Object.entries(open)) {
        await show()
        await expect(dialogOf(page, name)).toBeVisible()
        await hasNoFaults(page)
        await page.keyboard.press('Escape')
        await expect(dialogOf(page, name)).toBeHidden()
      }
      await page.keyboard.press('ControlOrMeta+w')
      await rename(join(folder, 'clip.mp4'), join(folder, 'moved.mp4'))
      await choosePath(app, page, path)
      await expect(dialogOf(page, 'The film is not where it was')).toBeVisible()
      await hasNoFaults(page)
    })
  })
}

test('from the first screen to the export with the keyboard alone', async ({ app, page, folder }) => {
  const analysed = nextJob(page, 'analyse')
  await tabTo(page, page.getByRole('button', { name: 'Try the sample clip' }))
  await page.keyboard.press('Enter')
  await expect(page.locator('video')).toBeVisible()
  expect(await analysed).toBe('done')

  // A point at 2 s, and a marked range of a second around it.
  await page.keyboard.press('Home')
  await press(page, 'Shift+ArrowRight', 10)
  await page.keyboard.press('m')
  await expect(pinned(page)).toHaveCount(1)
  await press(page, 'Shift+ArrowLeft', 3)
  await page.keyboard.press('i')
  await press(page, 'Shift+ArrowRight', 5)
  await page.keyboard.press('o')

  // Mode Only by the arrows of its radio buttons, then a take.
  await page.keyboard.press('Escape')
  await tabTo(page, page.getByRole('radiogroup', { name: 'Sync points' }).getByRole('radio', { name: 'Off' }))
  await press(page, 'ArrowRight', 2)
  await expect(page.getByRole('radio', { name: 'Only' })).toBeFocused()
  await expect(page.getByRole('radio', { name: 'Only' })).toHaveAttribute('aria-checked', 'true')
  const drawn = nextJob(page, 'generate')
  await page.keyboard.press('g')
  expect(await drawn).toBe('done')
  await expect(regions(page)).toHaveCount(1)

  // The region, its gain, and from the timeline again the next point.
  await tabTo(page, regions(page).locator('.body'))
  await page.keyboard.press('Enter')
  const gain = page.getByRole('complementary', { name: 'Inspector' }).getByRole('slider', { name: 'Gain' })
  await tabTo(page, gain)
  await page.keyboard.press('ArrowLeft')
  await expect(gain).toHaveAttribute('aria-valuetext', '−0.5 dB')
  await tabTo(page, regions(page).locator('.body'))
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('heading', { name: /^Sync point/ })).toBeVisible()

  await app.stubDialog('showSaveDialog', { canceled: false, filePath: join(folder, 'keys.mp4') })
  await page.keyboard.press('ControlOrMeta+e')
  const dialog = dialogOf(page, 'Export')
  await tabTo(page, dialog.getByRole('button', { name: 'Export…' }))
  await page.keyboard.press('Enter')
  const done = dialog.getByRole('button', { name: 'Done' })
  await tabTo(page, done)
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
  await access(join(folder, 'keys.mp4'))
  expect(await streamsOf(join(folder, 'keys.mp4'))).toEqual(['h264', 'aac'])
})
