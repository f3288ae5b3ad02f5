/**
 * One running application for all tests of a worker: starting it is most of what a small test costs. Each test finds it as
 * after a start: no project, the window's page loaded anew, the fixture pack chosen (fast; its sound is noise).
 */
import { test as base, type Page } from '@playwright/test'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DEFAULT_SETTINGS, type StudioSettings } from '@shared/settings'
import { launch } from '../harness/launch'
import type { FoleyApp } from '../harness/foley-app'
import { makeFilms, type Films } from './films'
import { generate, openDrawn, openFilm, saveAs } from './project-steps'
// What the page has on its window.
import type {} from '../../src/renderer/state/bridge'

export type { FoleyApp } from '../harness/foley-app'
export { expect } from '@playwright/test'

export const FIXTURE_PACK = resolve('e2e/fixtures/pack')
export const FAST_SETTINGS: StudioSettings = {
  ...DEFAULT_SETTINGS,
  packPath: FIXTURE_PACK,
  addedPacks: [FIXTURE_PACK],
  provider: 'cpu'
}

interface ForTest {
  readonly page: Page
  /** Empty; removed after the test. */
  readonly folder: string
  readonly settings: StudioSettings
  /** The file of a copy of {@link DrawnProject} in `folder`, open in the window. */
  readonly opened: string
}

/** A saved project with one generated region over its whole film, for tests that do not care how it came about. */
export interface DrawnProject {
  /** Holds `clip.foley`, `clip.takes` and `clip.mp4`. */
  readonly folder: string
}

interface ForWorker {
  readonly app: FoleyApp
  readonly films: Films
  readonly drawn: DrawnProject
}

const temporary = (): Promise<string> => mkdtemp(join(tmpdir(), 'foley-window-'))
const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })

export const test = base.extend<ForTest, ForWorker>({
  films: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from the pattern
    async ({}, use) => {
      const folder = await temporary()
      await use(await makeFilms(folder))
      await remove(folder)
    },
    { scope: 'worker' }
  ],
  app: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const userDataFolder = await temporary()
      const app = await launch({ userDataFolder })
      await use(app)
      await app.quit()
      await remove(userDataFolder)
    },
    { scope: 'worker' }
  ],
  drawn: [
    async ({ app, films }, use) => {
      const folder = await temporary()
      const film = join(folder, 'clip.mp4')
      await copyFile(films.sounding, film)
      const page = await app.firstWindow()
      await startAfresh(page, FAST_SETTINGS)
      await openFilm(app, page, film)
      await generate(page)
      await saveAs(app, page, join(folder, 'clip.foley'))
      await use({ folder })
      await remove(folder)
    },
    // Made before any test finds the window as after a start.
    { scope: 'worker', auto: true }
  ],
  // eslint-disable-next-line no-empty-pattern
  folder: async ({}, use) => {
    const folder = await temporary()
    await use(folder)
    await remove(folder)
  },
  settings: [FAST_SETTINGS, { option: true }],
  opened: async ({ app, page, drawn, folder }, use) => use(await openDrawn({ app, page, drawn }, folder)),
  page: async ({ app, settings }, use, testInfo) => {
    const page = await app.firstWindow()
    await startAfresh(page, settings)
    const faults: string[] = []
    const onError = (error: Error): void => void faults.push(String(error.stack ?? error))
    page.on('pageerror', onError)
    await use(page)
    page.off('pageerror', onError)
    if (testInfo.status === 'failed') {
      await testInfo.attach('the window', { body: await page.screenshot(), contentType: 'image/png' })
    }
    if (faults.length > 0) throw new Error(`the page failed: ${faults.join('\n')}`)
  }
})

async function startAfresh(page: Page, settings: StudioSettings): Promise<void> {
  await page.evaluate(async (wanted) => {
    await window.foley.request('project:close', undefined)
    await window.foley.request('settings:set', { settings: wanted })
  }, settings)
  await page.reload()
  await page.getByRole('button', { name: 'Open film…' }).waitFor()
}
