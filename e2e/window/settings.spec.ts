/** Settings, About, the cheat sheet. */
import type { Locator, Page } from '@playwright/test'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { COMMANDS } from '@shared/commands'
import { manifestSchema } from '@shared/pack'
import { DEFAULT_SETTINGS } from '@shared/settings'
import { expect, FIXTURE_PACK, test, type FoleyApp } from './project-fixture'
import { drag, generate, openDrawn, openFilm } from './project-steps'

// As after the first start.
test.use({ settings: DEFAULT_SETTINGS })

async function openSettings(page: Page): Promise<Locator> {
  await page.keyboard.press('ControlOrMeta+Comma')
  const dialog = page.getByRole('dialog', { name: 'Settings' })
  await expect(dialog).toBeVisible()
  return dialog
}

const stored = async (app: FoleyApp): Promise<unknown> =>
  JSON.parse(await readFile(join(app.userDataFolder, 'settings.json'), 'utf8'))

for (const [id, isDefault] of [
  ['hits', true],
  ['hits-stage', false]
] as const) {
  test(`the pack ${id} is listed with its licence and what it learned from`, async ({ page }) => {
    const dialog = await openSettings(page)
    const text = await readFile(resolve(`resources/models/${id}/manifest.json`), 'utf8')
    const { name, version, licence, training } = manifestSchema.parse(JSON.parse(text))
    const choose = page.getByRole('button', { name: `${name} ${version}`, exact: true })
    const pack = dialog.getByRole('region', { name: 'Model packs' }).getByRole('listitem').filter({ has: choose })
    await expect(choose).toHaveAttribute('aria-pressed', String(isDefault))
    await expect(pack).toContainText(`Weights ${licence.weights}`)
    for (const source of training.data) await expect(pack).toContainText(source)
    await expect(pack.getByText(training.machine)).toBeHidden()
    await pack.getByText('Training and credits').click()
    await expect(pack.getByText(training.machine)).toBeVisible()
  })
}

test('another pack is added from a folder, chosen, and used', async ({ app, page, drawn, folder }) => {
  await openDrawn({ app, page, drawn }, folder)
  const dialog = await openSettings(page)
  await app.stubDialog('showOpenDialog', { canceled: false, filePaths: [FIXTURE_PACK] })
  await dialog.getByRole('button', { name: 'Add from folder…' }).click()
  const added = dialog.getByRole('button', { name: /^Fixture/ })
  await expect(added).toHaveAttribute('aria-pressed', 'false')
  await added.click()
  await expect(added).toHaveAttribute('aria-pressed', 'true')
  await expect.poll(() => stored(app)).toMatchObject({ packPath: FIXTURE_PACK, addedPacks: [FIXTURE_PACK] })
  await page.keyboard.press('Escape')
  await generate(page)
  await expect(page.getByRole('button', { name: /^Engine: / })).toContainText('fixture')
})

test('a folder that is no pack is refused, with what to do', async ({ app, page, folder }) => {
  const dialog = await openSettings(page)
  await app.stubDialog('showOpenDialog', { canceled: false, filePaths: [folder] })
  await dialog.getByRole('button', { name: 'Add from folder…' }).click()
  await expect(dialog.getByRole('alert')).toContainText('manifest.json')
  expect(await stored(app)).toMatchObject({ addedPacks: [] })
})

test('the provider in use is shown, with the reason', async ({ app, page, films }) => {
  await openFilm(app, page, films.silent)
  await page.getByRole('button', { name: /^Engine: / }).click()
  const why = page.locator('[popover]:popover-open')
  await expect(why).toContainText(/runs on (CPU|CUDA|DirectML|Core ML)\./)
  await expect(why).toContainText(/CUDA|CPU|DirectML|Core ML|execution provider/)
  await why.getByRole('button', { name: 'Engine settings…' }).click()
  const engine = page.getByRole('dialog', { name: 'Settings' }).getByRole('region', { name: 'Engine' })
  await expect(engine).toContainText(/runs on (CPU|CUDA|DirectML|Core ML)\./)
})

test('provider and threads are kept', async ({ app, page }) => {
  const dialog = await openSettings(page)
  const threads = dialog.getByRole('slider', { name: 'Threads' })
  await expect(threads).toHaveAttribute('aria-valuetext', 'All')
  await threads.press('ArrowRight')
  await threads.press('ArrowRight')
  await dialog.getByRole('combobox', { name: /^Runs on/ }).click()
  await page.getByRole('option', { name: 'CPU' }).click()
  await expect.poll(() => stored(app)).toMatchObject({ provider: 'cpu', threads: 2 })
  await page.reload()
  await page.getByRole('button', { name: 'Open film…' }).waitFor()
  await expect((await openSettings(page)).getByRole('slider', { name: 'Threads' })).toHaveAttribute(
    'aria-valuetext',
    '2'
  )
})

test('threads are told when the knob is let go, not at each step', async ({ app, page }) => {
  const dialog = await openSettings(page)
  const threads = dialog.getByRole('slider', { name: 'Threads' })
  const known = (): Promise<number | null> =>
    page.evaluate(async () => {
      const answer = await window.foley.request('app:info', undefined)
      if (!answer.ok) throw new Error('no information')
      return answer.value.settings.threads
    })
  let held: string | null = null
  await drag(page, threads, {
    dx: 40,
    during: async () => {
      held = await threads.getAttribute('aria-valuetext')
      expect(await known()).toBeNull()
    }
  })
  expect(Number(held)).toBeGreaterThan(8)
  await expect(threads).toHaveAttribute('aria-valuetext', String(held))
  await expect.poll(() => stored(app)).toMatchObject({ threads: Number(held) })
})

test('the light theme applies at once and stays', async ({ app, page }) => {
  const brightness = (): Promise<number> =>
    page.evaluate(() => {
      const [red = 0, green = 0, blue = 0] = (getComputedStyle(document.body).backgroundColor.match(/\d+/g) ?? []).map(
        Number
      )
      return (red + green + blue) / 3
    })
  expect(await brightness()).toBeLessThan(60)
  const dialog = await openSettings(page)
  await dialog.getByRole('radio', { name: 'Light' }).click()
  await expect.poll(brightness).toBeGreaterThan(200)
  await expect.poll(() => stored(app)).toMatchObject({ theme: 'light' })
  await page.reload()
  await page.getByRole('button', { name: 'Open film…' }).waitFor()
  expect(await brightness()).toBeGreaterThan(200)
})

test('the cache is cleared, but for what the open film needs', async ({ app, page, films, drawn, folder }) => {
  await openFilm(app, page, films.silent)
  await expect(page.locator('.picture img').first()).toHaveJSProperty('complete', true)
  await page.keyboard.press('ControlOrMeta+w')
  await openDrawn({ app, page, drawn }, folder)
  const cached = (): Promise<string[]> => readdir(join(app.userDataFolder, 'cache'))
  await expect.poll(async () => (await cached()).length).toBeGreaterThan(1)
  const dialog = await openSettings(page)
  const storage = dialog.getByRole('region', { name: 'Storage' })
  await expect(storage).toContainText(/Cache [\d.]+ (kB|MB)/)
  await storage.getByRole('button', { name: 'Clear' }).click()
  await expect(storage).toContainText('What the open film needs stays')
  expect(await cached()).toHaveLength(1)
  await page.keyboard.press('Escape')
  await expect(page.locator('[data-region]')).toHaveCount(1)
  await page.keyboard.press('ControlOrMeta+w')
  await page.getByRole('button', { name: 'Open film…' }).waitFor()
  await (await openSettings(page)).getByRole('button', { name: 'Clear' }).click()
  await expect(storage).toContainText('Cache 0 B')
  expect(await cached()).toEqual([])
})

test('About, from Settings too, shows the version and the licences of what is inside', async ({ app, page }) => {
  await app.chooseMenuItem('help.about')
  await page.getByRole('dialog', { name: 'About Foley Studio' }).waitFor()
  await page.keyboard.press('Escape')
  await (await openSettings(page)).getByRole('button', { name: 'About and licences…' }).click()
  const about = page.getByRole('dialog', { name: 'About Foley Studio' })
  await expect(about).toContainText(/Foley Studio \d+\.\d+\.\d+/)
  await expect(about).toContainText('Hits')
  for (const name of ['onnxruntime-node', 'svelte', 'zod'])
    await expect(about.getByLabel('Licences')).toContainText(name)
})

test('? opens the cheat sheet, with every key that does something', async ({ page }) => {
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(sheet).toBeVisible()
  for (const { label, keys } of Object.values(COMMANDS)) {
    if (keys.length > 0) await expect(sheet.getByText(label, { exact: true })).toHaveCount(1)
  }
  await expect(sheet.locator('kbd', { hasText: /^Ctrl\+E$|^⌘E$/ })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
})
