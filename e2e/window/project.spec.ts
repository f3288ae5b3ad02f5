/** The project as a file: saved, opened again, recovered, relinked, refused. */
import type { Page } from '@playwright/test'
import { createHash } from 'node:crypto'
import { copyFile, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { launchApp } from './fixture'
import { expect, FAST_SETTINGS, test, type FoleyApp } from './project-fixture'
import {
  choosePath,
  generate,
  goToFrame,
  openFilm,
  openProject,
  pinned,
  points,
  readProject,
  regions,
  saveAs,
  saved
} from './project-steps'

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Of every take of the folder beside a project: its WAV's hash by its name. */
async function takesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.wav')).toSorted()
  const hashes = names.map(async (name) => [name, hashOf(await readFile(join(folder, name)))] as const)
  return Object.fromEntries(await Promise.all(hashes))
}

/** What the timeline says of its regions and points. */
const timeline = (page: Page): Promise<(string | null)[]> =>
  page
    .locator('[data-region] .body, [data-sync]')
    .evaluateAll((elements) => elements.map((element) => element.getAttribute('aria-label')))

/** A hash of what the window plays of a take's first three seconds. */
const pcmOf = (page: Page, takeId: string): Promise<string> =>
  page.evaluate(async (id) => {
    const response = await fetch(`takes/${id}/pcm?from=0&to=144000`)
    const bytes = await response.arrayBuffer()
    if (!response.ok || bytes.byteLength !== 144_000 * 4) throw new Error(`no such take: ${response.status}`)
    return String(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  }, takeId)

const confirmations = (app: FoleyApp): number => app.log.filter(({ api }) => api === 'dialog.showMessageBox').length
const answerClosing = (app: FoleyApp, answer: 'save' | 'discard' | 'cancel'): Promise<void> =>
  app.stubDialog('showMessageBox', { response: ['save', 'discard', 'cancel'].indexOf(answer) })

async function pinAt(page: Page, frame: number): Promise<void> {
  const before = await pinned(page).count()
  await goToFrame(page, frame)
  await page.keyboard.press('m')
  await expect(pinned(page)).toHaveCount(before + 1)
}

test('Save asks where, writes the project and its takes, and says that it is saved', async ({
  app,
  page,
  films,
  folder
}) => {
  await openFilm(app, page, films.silent)
  await expect(page.getByText('not saved yet')).toBeVisible()
  await generate(page)
  await app.stubDialog('showSaveDialog', { canceled: false, filePath: join(folder, 'scene') })
  await page.keyboard.press('ControlOrMeta+s')
  await expect(page.getByText('saved', { exact: true })).toBeVisible()
  await expect(page).toHaveTitle(/^[^•]/)
  const document = await readProject(join(folder, 'scene.foley'))
  expect(Object.keys(await takesOf(join(folder, 'scene.takes')))).toEqual(
    Object.keys(document.takes).map((id) => `${id}.wav`)
  )
  await pinAt(page, 40)
  await expect(page.getByText('edited', { exact: true })).toBeVisible()
  await expect(page).toHaveTitle(/^•/)
  await page.keyboard.press('ControlOrMeta+z')
  await expect(page.getByText('saved', { exact: true })).toBeVisible()
  await page.keyboard.press('ControlOrMeta+Shift+z')
  await expect(page.getByText('edited', { exact: true })).toBeVisible()
})

test('a key that is pressed twice opens one dialog', async ({ app, page, films, folder }) => {
  await openFilm(app, page, films.silent)
  const dialogs = (method: string): number => app.log.filter(({ api }) => api === `dialog.${method}`).length
  const before = { save: dialogs('showSaveDialog'), open: dialogs('showOpenDialog') }
  await app.stubDialog('showSaveDialog', { canceled: false, filePath: join(folder, 'scene.foley') })
  const twice = (key: string): Promise<void> =>
    page.evaluate((pressed) => {
      for (let count = 0; count < 2; count += 1) {
        document.dispatchEvent(
          new KeyboardEvent('keydown', {
            key: pressed,
            code: `Key${pressed.toUpperCase()}`,
            ctrlKey: true,
            bubbles: true
          })
        )
      }
    }, key)
  await twice('s')
  await expect(page.getByText('saved', { exact: true })).toBeVisible()
  await twice('o')
  await expect.poll(() => dialogs('showOpenDialog')).toBe(before.open + 1)
  // Whatever was asked second would have been asked before this is answered.
  await page.evaluate(() => window.foley.request('app:info', undefined))
  expect([dialogs('showSaveDialog'), dialogs('showOpenDialog')]).toEqual([before.save + 1, before.open + 1])
})

test('takes of a film that is closed without saving leave the disk', async ({ app, page, films }) => {
  await openFilm(app, page, films.silent)
  await generate(page)
  const projects = (): Promise<string[]> => readdir(join(app.userDataFolder, 'projects'))
  expect(await projects()).toHaveLength(1)
  await answerClosing(app, 'discard')
  await page.keyboard.press('ControlOrMeta+w')
  await page.getByRole('button', { name: 'Open film…' }).waitFor()
  await expect.poll(projects).toEqual([])
})

test('a project that is opened again is the same: document, timeline, and every sample', async ({
  app,
  page,
  folder,
  opened: path
}) => {
  await pinAt(page, 40)
  await goToFrame(page, 20)
  await page.keyboard.press('b')
  await expect(regions(page)).toHaveCount(2)
  const document = await saved(page, path)
  const { takeId } = document.tracks[0]?.regions[0] ?? { takeId: '' }
  const before = [await timeline(page), await takesOf(join(folder, 'clip.takes')), await pcmOf(page, takeId)]
  await page.keyboard.press('ControlOrMeta+w')
  await page.getByRole('button', { name: 'Open film…' }).waitFor()
  await openProject(app, page, path)
  await expect(regions(page)).toHaveCount(2)
  expect(await saveAs(app, page, path)).toEqual(document)
  expect([await timeline(page), await takesOf(join(folder, 'clip.takes')), await pcmOf(page, takeId)]).toEqual(before)
})

test('a project whose points were all cleared stays without points', async ({ app, page, opened: path }) => {
  await app.chooseMenuItem('sync.clear')
  await expect(points(page)).toHaveCount(0)
  await saved(page, path)
  await page.keyboard.press('ControlOrMeta+w')
  await openProject(app, page, path)
  await expect(regions(page)).toHaveCount(1)
  await expect(page.getByText('saved', { exact: true })).toBeVisible()
  await expect(points(page)).toHaveCount(0)
})

test('Save As begins another file and leaves the first as it was', async ({ app, page, folder, opened: path }) => {
  const first = await readFile(path)
  await pinAt(page, 40)
  const other = join(folder, 'other.foley')
  const document = await saveAs(app, page, other)
  expect(document.syncMarks.some(({ kind }) => kind === 'pinned')).toBe(true)
  expect(await readFile(path)).toEqual(first)
  expect(await takesOf(join(folder, 'other.takes'))).toEqual(await takesOf(join(folder, 'clip.takes')))
  await pinAt(page, 50)
  await saved(page, other)
  expect(await readFile(path)).toEqual(first)
})

test.describe('unsaved changes at the close', () => {
  let path = ''
  test.beforeEach(async ({ page, opened }) => {
    path = opened
    await pinAt(page, 40)
  })

  test('Save writes them', async ({ app, page }) => {
    expect((await readProject(path)).syncMarks.some(({ kind }) => kind === 'pinned')).toBe(false)
    await answerClosing(app, 'save')
    await page.keyboard.press('ControlOrMeta+w')
    await page.getByRole('button', { name: 'Open film…' }).waitFor()
    expect((await readProject(path)).syncMarks.some(({ kind }) => kind === 'pinned')).toBe(true)
  })

  test('Don’t Save leaves the file as it was', async ({ app, page }) => {
    const before = await readFile(path)
    await answerClosing(app, 'discard')
    await page.keyboard.press('ControlOrMeta+w')
    await page.getByRole('button', { name: 'Open film…' }).waitFor()
    expect(await readFile(path)).toEqual(before)
    await expect(page.getByText('Not closed properly')).toHaveCount(0)
  })

  test('Cancel keeps the window open with everything in it', async ({ app, page }) => {
    const asked = confirmations(app)
    await answerClosing(app, 'cancel')
    await app.pressCloseButton()
    await expect.poll(() => confirmations(app)).toBe(asked + 1)
    await expect(page.getByText('edited', { exact: true })).toBeVisible()
    await expect(pinned(page)).toHaveCount(1)
  })
})

test('a film that was only looked at is closed without a question', async ({ app, page, films }) => {
  const asked = confirmations(app)
  await openFilm(app, page, films.silent)
  await expect(points(page)).not.toHaveCount(0)
  await page.keyboard.press('ControlOrMeta+w')
  await page.getByRole('button', { name: 'Open film…' }).waitFor()
  expect(confirmations(app)).toBe(asked)
})

test('after a crash the work is offered and restored: points, regions, takes', async ({ films, folder }) => {
  const userDataFolder = join(folder, 'user')
  const first = await launchApp({ userDataFolder })
  const page = await first.firstWindow()
  await page.evaluate(async (settings) => window.foley.request('settings:set', { settings }), FAST_SETTINGS)
  await page.reload()
  await openFilm(first, page, films.silent)
  await generate(page)
  await pinAt(page, 42)
  const shown = await timeline(page)
  const recovery = join(userDataFolder, 'recovery')
  const kept = async (): Promise<string> => {
    const [name] = await readdir(recovery).catch(() => [])
    return name === undefined ? '' : readFile(join(recovery, name), 'utf8').catch(() => '')
  }
  await expect.poll(kept).toContain('"kind":"pinned"')
  const takes = async (): Promise<Record<string, string>> => {
    const [id = ''] = await readdir(join(userDataFolder, 'projects'))
    return takesOf(join(userDataFolder, 'projects', id, 'takes'))
  }
  const before = await takes()
  expect(Object.keys(before)).toHaveLength(1)
  await first.crash()

  const second = await launchApp({ userDataFolder })
  try {
    const again = await second.firstWindow()
    await expect(again.getByRole('heading', { name: 'Not closed properly' })).toBeVisible()
    await again.getByRole('button', { name: /^Recover / }).click()
    await expect(regions(again)).toHaveCount(1)
    expect(await timeline(again)).toEqual(shown)
    expect(await takes()).toEqual(before)
    await answerClosing(second, 'cancel')
    await again.keyboard.press('ControlOrMeta+w')
    await expect.poll(() => confirmations(second), 'what was restored is not saved yet').toBe(1)
    await expect(regions(again)).toHaveCount(1)
    await saveAs(second, again, join(folder, 'rescued.foley'))
    expect(await takesOf(join(folder, 'rescued.takes'))).toEqual(before)
  } finally {
    await second.quit()
  }
})

test('a film that was moved is found again by its content; another one is refused', async ({
  app,
  page,
  films,
  folder,
  opened: path
}) => {
  const shown = await timeline(page)
  await page.keyboard.press('ControlOrMeta+w')
  await page.getByRole('button', { name: 'Open film…' }).waitFor()
  await rename(join(folder, 'clip.mp4'), join(folder, 'renamed.mp4'))
  await choosePath(app, page, path)
  const dialog = page.getByRole('dialog', { name: 'The film is not where it was' })
  await expect(dialog).toContainText('clip.mp4')
  const choose = dialog.getByRole('button', { name: 'Choose the film…' })
  await app.stubDialog('showOpenDialog', { canceled: false, filePaths: [films.silent] })
  await choose.click()
  await expect(dialog.getByRole('alert')).toContainText('is not the film of this project')
  await app.stubDialog('showOpenDialog', { canceled: false, filePaths: [join(folder, 'renamed.mp4')] })
  await choose.click()
  await expect(dialog).toBeHidden()
  await expect(regions(page)).toHaveCount(1)
  expect(await timeline(page)).toEqual(shown)
  expect((await saved(page, path)).media.path).toBe('renamed.mp4')
})

test('a project of a newer version is refused, and not a byte of it changes', async ({ app, page, drawn, folder }) => {
  const path = join(folder, 'newer.foley')
  await copyFile(join(drawn.folder, 'clip.mp4'), join(folder, 'clip.mp4'))
  const text = await readFile(join(drawn.folder, 'clip.foley'), 'utf8')
  await writeFile(path, text.replace(/"version":\s*1/, '"version": 2, "colour": "blue"'))
  const before = await readFile(path)
  await choosePath(app, page, path)
  const alert = page.getByRole('alert')
  await expect(alert).toContainText('was saved by a newer Foley Studio')
  await expect(alert).toContainText('Update Foley Studio')
  await expect(page.getByRole('button', { name: 'Open film…' })).toBeEnabled()
  expect(await readFile(path)).toEqual(before)
  expect(await readdir(folder)).toEqual(['clip.mp4', 'newer.foley'])
})

test('a broken project says so, and what to do', async ({ app, page, folder }) => {
  const path = join(folder, 'broken.foley')
  await writeFile(path, '{"format": "foley-project", "version": 1, "id":')
  await choosePath(app, page, path)
  await expect(page.getByRole('alert')).toContainText('is not a usable Foley Studio project')
  await expect(page.getByRole('alert')).toContainText('Open another copy')
})
