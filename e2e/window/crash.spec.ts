/** The window's own process ends: the page opens anew, and the window asks before it closes, as it did before. */
import { join } from 'node:path'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import type { Page } from '@playwright/test'
import { makeFilms } from './films'
import { expect, test, type FoleyApp } from './fixture'

let folder = ''
test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foley-crash-'))
})
test.afterEach(() => rm(folder, { recursive: true, force: true }))

const questions = (app: FoleyApp): number => app.log.filter(({ api }) => api === 'dialog.showMessageBox').length

async function openAndEdit(app: FoleyApp, page: Page, film: string): Promise<void> {
  await app.stubDialog('showOpenDialog', { canceled: false, filePaths: [film] })
  await page.keyboard.press('ControlOrMeta+o')
  await expect(page.locator('video')).toHaveAttribute('src', /media\//)
  await page.keyboard.press('ControlOrMeta+t')
  await expect(page.getByRole('button', { name: 'Track Foley 2' })).toBeVisible()
}

test('a window whose page crashed opens anew and asks again before it closes', async ({ app, page }) => {
  const { silent: film } = await makeFilms(folder)
  await page.goto('chrome://crash').catch(() => undefined)
  await expect.poll(async () => (await app.firstWindow()) !== page, { timeout: 15_000 }).toBe(true)
  const again = await app.firstWindow()
  await again.getByRole('button', { name: 'Open film…' }).waitFor()
  await openAndEdit(app, again, film)
  await app.pressCloseButton()
  await expect.poll(() => questions(app)).toBe(1)
  // Cancelled: the window stays.
  await expect(again.locator('video')).toBeVisible()
})

test.describe('started with a film', () => {
  test.use({ launch: { args: ['samples/stick.mp4'] } })

  test('a window whose page crashed offers the unsaved work, and does not open the film again', async ({
    app,
    page,
    userDataFolder
  }) => {
    await expect(page.locator('video')).toHaveAttribute('src', /media\//)
    await page.keyboard.press('ControlOrMeta+t')
    const recovery = join(userDataFolder, 'recovery')
    await expect.poll(() => readdir(recovery).catch(() => [])).toHaveLength(1)
    await page.goto('chrome://crash').catch(() => undefined)
    await expect.poll(async () => (await app.firstWindow()) !== page, { timeout: 15_000 }).toBe(true)
    const again = await app.firstWindow()
    await expect(again.getByRole('button', { name: 'Recover stick.mp4' })).toBeVisible()
    await expect(again.locator('video')).toHaveCount(0)
  })
})
