/**
 * The built application, started anew for each test with a user data folder of its own: in Electron where its runtime is,
 * else in the harness (e2e/harness). `test.use({ launch: { args: [film] } })` gives it words and environment.
 */
import { test as base, type Page } from '@playwright/test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FoleyApp, LaunchOptions } from '../harness/foley-app'
import { launch as launchApp } from '../harness/launch'
// What the page has on its window.
import type {} from '../../src/renderer/state/bridge'

export type { FoleyApp } from '../harness/foley-app'
/** For a test that starts the application more than once. Whoever launches it quits it. */
export { launch as launchApp } from '../harness/launch'

interface Fixtures {
  readonly launch: LaunchOptions
  /** Removed after the test. */
  readonly userDataFolder: string
  readonly app: FoleyApp
  readonly page: Page
}

/** Fresh seeds of takes count from 1: a test draws the same takes each time it runs. */
function countSeeds(): void {
  const real = crypto.getRandomValues.bind(crypto)
  let seed = 0
  crypto.getRandomValues = (array) => {
    if (!(array instanceof Uint32Array)) return real(array)
    seed += 1
    array.fill(seed)
    return array
  }
}

export const test = base.extend<Fixtures>({
  launch: [{}, { option: true }],
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from the pattern
  userDataFolder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'foley-window-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },
  app: async ({ launch, userDataFolder }, use) => {
    const app = await launchApp({ ...launch, userDataFolder })
    await use(app)
    await app.quit()
  },
  page: async ({ app }, use, testInfo) => {
    const page = await app.firstWindow()
    await page.addInitScript(countSeeds)
    await page.evaluate(countSeeds)
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(String(error.stack ?? error)))
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
    await use(page)
    if (faults.length > 0) await testInfo.attach('what the page complained about', { body: faults.join('\n') })
    if (testInfo.status === 'failed' && faults.length > 0) console.log(faults.join('\n'))
  }
})
export { expect } from '@playwright/test'
