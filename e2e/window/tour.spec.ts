/**
 * Walks docs/tour.md with the real pack and the sample. With FOLEY_TOUR=1 it makes the pictures anew (docs/images/tour-*);
 * without, it checks that every step works and that the tour's pictures are there.
 */
import { stat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { execa } from 'execa'
import { expect, test } from './fixture'
import { boxOf, drag, generate, goToFrame, lane, nextJob, pinned, points, regions } from './project-steps'

const IMAGES = join('docs', 'images')
const MOST_BYTES = 250_000
const STEPS = [
  'first-run',
  'opened',
  'generated',
  'takes',
  'points',
  'points-table',
  'export',
  'exported',
  'settings',
  'keys',
  'light'
] as const

const isRewriting = process.env['FOLEY_TOUR'] === '1'

async function picture(page: Page, name: (typeof STEPS)[number]): Promise<void> {
  if (!isRewriting) return
  await page.evaluate(() => document.fonts.ready)
  const path = join(IMAGES, `tour-${name}.png`)
  await inPalette(await page.screenshot({ animations: 'disabled' }), path)
  expect((await stat(path)).size, `${path} in bytes`).toBeLessThan(MOST_BYTES)
}

/** With 256 colours of its own: half the size, and no difference that a reader would see. */
async function inPalette(screenshot: Uint8Array, path: string): Promise<void> {
  const palette = 'split[a][b];[a]palettegen=max_colors=256:reserve_transparent=0[p];[b][p]paletteuse=dither=none'
  const png = ['-pred', 'mixed', '-compression_level', '100', path]
  await execa('ffmpeg', ['-v', 'error', '-y', '-f', 'png_pipe', '-i', '-', '-filter_complex', palette, ...png], {
    input: screenshot
  })
}

test('the tour, step by step', async ({ app, page, userDataFolder }) => {
  test.slow()
  await page.setViewportSize({ width: 1440, height: 900 })
  await expect(page.getByRole('button', { name: 'Try the sample clip' })).toBeVisible()
  await picture(page, 'first-run')

  const analysed = nextJob(page, 'analyse')
  await page.getByRole('button', { name: 'Try the sample clip' }).click()
  expect(await analysed).toBe('done')
  await expect(points(page)).not.toHaveCount(0)
  await everyThumbnail(page)
  await goToFrame(page, 33)
  await settled(page)
  await picture(page, 'opened')

  await generate(page)
  await expect(regions(page)).toHaveCount(1)
  await page.keyboard.press('Escape')
  await settled(page)
  await picture(page, 'generated')

  await regions(page).click()
  const drawn = nextJob(page, 'generate')
  await page.getByRole('button', { name: '3 takes' }).click()
  expect(await drawn).toBe('done')
  const takes = page.getByRole('button', { name: /^Take \d, Take \d/ })
  await expect(takes).toHaveCount(4)
  for (const take of await takes.all()) await expect(take).toBeInViewport({ ratio: 1 })
  await expect(page.getByRole('complementary', { name: 'Inspector' }).locator('.middle svg path')).toHaveCount(4)
  await settled(page)
  await picture(page, 'takes')

  await page.keyboard.press('Escape')
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('m')
  await expect(pinned(page)).toHaveCount(1)
  await drag(page, pinned(page), {
    dx: 34,
    during: async () => {
      await expect(page.locator('.bubble')).toHaveText(/^[\d:]+ {2}[+−]?\d+\.\d fr$/)
      await picture(page, 'points')
    }
  })
  await page.keyboard.press('ControlOrMeta+z')

  await page.getByRole('button', { name: /sync points · \d+ within one frame/ }).click()
  await expect(page.getByRole('dialog', { name: 'Sync points and onsets' })).toBeVisible()
  await picture(page, 'points-table')
  await page.keyboard.press('Escape')

  await page.keyboard.press('ControlOrMeta+e')
  const dialog = page.getByRole('dialog', { name: 'Export' })
  await dialog.getByRole('radio', { name: '−23' }).click()
  await dialog.getByRole('switch', { name: 'Stems' }).click()
  await picture(page, 'export')
  await app.stubDialog('showSaveDialog', { canceled: false, filePath: join(userDataFolder, 'stick (Foley).mp4') })
  await dialog.getByRole('button', { name: 'Export…' }).click()
  await expect(dialog).toContainText(/Measured: −\d+\.\d LUFS/)
  await picture(page, 'exported')
  await dialog.getByRole('button', { name: 'Done' }).click()

  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click()
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await picture(page, 'keys')
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Settings', exact: true }).click()
  const settings = page.getByRole('dialog', { name: 'Settings' })
  await expect(settings).toBeVisible()
  await expect(settings).toContainText(/Cache [\d.]+/)
  // The test's own folder is nobody's business.
  const folder = settings.getByText(join(userDataFolder, 'cache'))
  await folder.evaluate((element) => (element.textContent = '~/.config/Foley Studio/cache'))
  await picture(page, 'settings')
  await settings.getByRole('radio', { name: 'Light' }).click()
  await page.keyboard.press('Escape')
  await regions(page).click()
  await settled(page)
  await expect(page.getByRole('complementary', { name: 'Inspector' }).locator('.middle svg path')).toHaveCount(4)
  await picture(page, 'light')
})

/** The strip's pictures are made in the background. */
async function everyThumbnail(page: Page): Promise<void> {
  await expect
    .poll(() =>
      lane(page, 'Picture')
        .locator('img')
        .evaluateAll((images) =>
          images.every((image) => image instanceof HTMLImageElement && image.complete && image.naturalWidth > 0)
        )
    )
    .toBe(true)
}

/** The pointer off the timeline, no message on the way in or out, and a frame drawn since. */
async function settled(page: Page): Promise<void> {
  const viewer = await boxOf(page.locator('video'))
  await page.mouse.move(viewer.x + viewer.width / 2, viewer.y + viewer.height / 2)
  await expect(page.getByRole('group', { name: 'Running job' })).toHaveCount(0)
  await page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))
  )
}

test('docs/tour.md shows every picture of it, and no other', async () => {
  const text = await readFile('docs/tour.md', 'utf8')
  const shown = [...text.matchAll(/\]\(images\/tour-([a-z-]+)\.png\)/g)].map(([, name]) => name)
  expect(shown.toSorted()).toEqual([...STEPS].toSorted())
  for (const name of STEPS) {
    const { size } = await stat(join(IMAGES, `tour-${name}.png`))
    expect(size).toBeLessThan(MOST_BYTES)
  }
})
