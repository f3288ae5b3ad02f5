/** What an editor does in every test: opening a film, drawing sound, saving. */
import type { Locator, Page } from '@playwright/test'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectSchema, type ProjectDocument } from '@shared/project'
import type { JobKind } from '@shared/ipc'
import { expect, type DrawnProject, type FoleyApp } from './project-fixture'

/** Resolves with how the next job of that kind ends. To be called before what starts it. */
export function nextJob(page: Page, kind: JobKind): Promise<string> {
  return page.evaluate(
    (wanted) =>
      new Promise<string>((resolve) => {
        const stop = window.foley.on('job', (job) => {
          if (job.kind !== wanted || job.state === 'queued' || job.state === 'running') return
          stop()
          resolve(job.state)
        })
      }),
    kind
  )
}

/** Opens it by the dialog, and waits for the encoder's suggestions. */
export async function openFilm(app: FoleyApp, page: Page, path: string): Promise<void> {
  const analysed = nextJob(page, 'analyse')
  await openProject(app, page, path)
  expect(await analysed).toBe('done')
}

/** Opens a copy of the drawn project in `folder`, which then holds film, takes and project. Returns the project's path. */
export async function openDrawn(
  { app, page, drawn }: { readonly app: FoleyApp; readonly page: Page; readonly drawn: DrawnProject },
  folder: string
): Promise<string> {
  await cp(drawn.folder, folder, { recursive: true })
  const path = join(folder, 'clip.foley')
  await openProject(app, page, path)
  return path
}

export async function openProject(app: FoleyApp, page: Page, path: string): Promise<void> {
  await choosePath(app, page, path)
  await expect(page.locator('video')).toHaveAttribute('src', /media\//)
}

/** Answers the dialog of Open with this path. What comes of it is the test's own question. */
export async function choosePath(app: FoleyApp, page: Page, path: string): Promise<void> {
  await app.stubDialog('showOpenDialog', { canceled: false, filePaths: [path] })
  await page.keyboard.press('ControlOrMeta+o')
}

/** Draws sound for what is selected or marked, and waits until it is on the timeline and selected. */
export async function generate(page: Page): Promise<void> {
  const drawn = nextJob(page, 'generate')
  await page.keyboard.press('g')
  expect(await drawn).toBe('done')
  await expect(page.getByRole('button', { name: /^Undo: (Reg|G)enerate$/ })).toBeEnabled()
}

export const regions = (page: Page): Locator => page.locator('[data-region]')
export const lane = (page: Page, name: string): Locator => page.getByRole('group', { name, exact: true })
export const points = (page: Page): Locator => lane(page, 'Sync points').getByRole('button')
export const pinned = (page: Page): Locator => lane(page, 'Sync points').getByRole('button', { name: /^Pinned/ })
export const suggested = (page: Page): Locator => lane(page, 'Sync points').getByRole('button', { name: /^Suggested/ })

/** Saves as `path`, which ends in `.foley`. */
export async function saveAs(app: FoleyApp, page: Page, path: string): Promise<ProjectDocument> {
  await app.stubDialog('showSaveDialog', { canceled: false, filePath: path })
  await page.keyboard.press('ControlOrMeta+Shift+s')
  await expect(page.getByText('saved', { exact: true })).toBeVisible()
  return readProject(path)
}

/** The document as it is now, by way of its file. */
export async function saved(page: Page, path: string): Promise<ProjectDocument> {
  await page.keyboard.press('ControlOrMeta+s')
  await expect(page.getByText('saved', { exact: true })).toBeVisible()
  return readProject(path)
}

export async function readProject(path: string): Promise<ProjectDocument> {
  return projectSchema.parse(JSON.parse(await readFile(path, 'utf8')))
}

/** Presses Tab until it has the focus: what cannot be reached so fails the test. */
export async function tabTo(
  page: Page,
  wanted: Locator,
  { most = 80 }: { readonly most?: number } = {}
): Promise<void> {
  await expect(wanted).toBeVisible()
  for (let presses = 0; presses < most; presses += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  await expect(wanted, 'cannot be reached with Tab').toBeFocused({ timeout: 1 })
}

/** Presses a key so many times. */
export async function press(page: Page, key: string, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) await page.keyboard.press(key)
}

/** Drags the middle of `from` by so many pixels, in steps that the window sees. `during` runs before the release. */
export async function drag(
  page: Page,
  from: Locator,
  { dx = 0, dy = 0, during }: { readonly dx?: number; readonly dy?: number; readonly during?: () => Promise<void> }
): Promise<void> {
  const box = await boxOf(from)
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x, y)
  await page.mouse.down()
  await page.mouse.move(x + dx, y + dy, { steps: 6 })
  await during?.()
  await page.mouse.up()
}

export async function boxOf(element: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await element.boundingBox()
  if (!box) throw new Error('it is not on the screen')
  return box
}

/** Middle of the playhead's line, in pixels of the window. */
export async function playheadX(page: Page): Promise<number> {
  const { x } = await boxOf(page.locator('.overlay .playhead'))
  return x
}

/** Puts the playhead on the first sample of a frame. */
export async function goToFrame(page: Page, frame: number): Promise<void> {
  await page.keyboard.press('Home')
  await press(page, 'Shift+ArrowRight', Math.floor(frame / 5))
  await press(page, 'ArrowRight', frame % 5)
}
