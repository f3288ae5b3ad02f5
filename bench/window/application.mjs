/* global document, window, MutationObserver */
// The built application in the harness (e2e/harness), driven from plain Node.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'vite'

/** `launch` of e2e/harness, which is TypeScript. */
async function harness() {
  const loader = await createServer({
    configFile: false,
    logLevel: 'silent',
    server: { middlewareMode: true, ws: false },
    appType: 'custom'
  })
  const { launchHarness } = await loader.ssrLoadModule('/e2e/harness/harness-app.ts')
  await loader.close()
  return launchHarness
}
let launching

/** Starts it with a user data folder of its own, hands it to `work`, and ends it. */
export async function withApplication(options, work) {
  launching ??= harness()
  const launch = await launching
  const userDataFolder = mkdtempSync(join(tmpdir(), 'foley-bench-user-'))
  const app = await launch({ ...options, userDataFolder })
  try {
    const page = await app.firstWindow()
    page.on('pageerror', (error) => console.error(`the page failed: ${error.message}`))
    await appears(page, '[aria-keyshortcuts]')
    return await work({ app, page })
  } finally {
    await app.quit()
    rmSync(userDataFolder, { recursive: true, force: true })
  }
}

/** Resolves as soon as the page has what `selector` names, with the page's own time of it. */
export const appears = (page, selector) =>
  page.evaluate(
    (wanted) =>
      new Promise((resolve) => {
        const look = () => {
          if (!document.querySelector(wanted)) return false
          observer.disconnect()
          resolve(performance.now())
          return true
        }
        const observer = new MutationObserver(look)
        if (!look()) observer.observe(document, { subtree: true, childList: true, attributes: true })
      }),
    selector
  )

/** Notes jobs in `window.benchJobs`, with the page's time. */
export const noteJobs = (page) =>
  page.evaluate(() => {
    window.benchJobs = []
    window.foley.on('job', ({ kind, state, phase }) =>
      window.benchJobs.push({ kind, state, phase, at: performance.now() })
    )
  })

/** Drops a film and waits until the encoder has looked at it. */
export async function openFilm({ app, page }, film) {
  await page.evaluate(() => {
    window.benchAnalysed = new Promise((resolve) => {
      const stop = window.foley.on('job', ({ kind, state }) => {
        if (kind !== 'analyse' || state === 'queued' || state === 'running') return
        stop()
        resolve()
      })
    })
  })
  await app.drop('body', [film])
  await page.evaluate(() => window.benchAnalysed)
}

/** The first sound of the whole film. */
export async function generate(page) {
  await appears(page, GENERATE)
  await page.keyboard.press('g')
  await appears(page, '[data-take]')
}

/** The button that draws: it is there when a key can do it. */
export const GENERATE = 'button[aria-keyshortcuts="g"]'
