/**
 * `npm start` where Electron's runtime could not be downloaded: the same application, its window in an installed Chromium.
 * Ends when the window is closed, or with Ctrl-C.
 */
import type { Page } from '@playwright/test'
import { launchBrowser } from './browser'
import { forkMain } from './main-process'
import { askInPage } from './page-dialogs'
import { Windows } from './windows'

const say = (message: string): void => void process.stderr.write(`[start] ${message}\n`)

/** What nobody can be asked: only Ctrl-C raises the question then. */
const DON_T_SAVE = { response: 1 }

function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'])
}

async function open(args: readonly string[]): Promise<number> {
  const isSeen = hasDisplay()
  if (!isSeen) say('There is no display here, so the window is open but cannot be seen.')
  const browser = await launchBrowser({
    headless: !isSeen,
    ownSignals: true,
    args: isSeen ? ['--start-maximized'] : []
  })
  const context = await browser.newContext({ viewport: isSeen ? null : { width: 1440, height: 900 } })
  const main = forkMain({ args })
  const ended = new Promise<number>((resolve) => main.once('exit', (code) => resolve(code ?? 1)))
  let shown: Page | undefined
  const windows = new Windows({
    ...{ main, context, isFluid: isSeen },
    answerDialog: async (method, options) => {
      if (!isSeen || !shown) return DON_T_SAVE
      return askInPage(shown, method, options).catch(() => undefined)
    },
    onCalled: (api, details) => say(`${api} ${JSON.stringify(details)} (only in Electron)`),
    onPage: (page) => {
      shown = page
      void page.title().then((title) => say(`"${title}" is open. It closes with its window, or with Ctrl-C.`))
    }
  })
  const stop = (): void => windows.tell({ kind: 'quit' })
  // The terminal sends Ctrl-C to the whole group: the first one asks, as closing the window does; the second ends.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop()
      process.once(signal, () => main.kill('SIGKILL'))
    })
  }
  browser.once('disconnected', stop)
  const status = await ended
  await browser.close()
  return status
}

open(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error))
    process.exit(1)
  }
)
