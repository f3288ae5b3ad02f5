/** The Chromium that stands in for Electron's. */
import { chromium, type Browser } from '@playwright/test'
import { existsSync } from 'node:fs'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'
]
const QUIET = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required'
]

/** Of an installed Chromium: `CHROMIUM`, or where systems put it. */
export function findChromium(): string | undefined {
  return process.env['CHROMIUM'] ?? PLACES.find((path) => existsSync(path))
}

export interface BrowserOptions {
  readonly headless: boolean
  readonly args?: readonly string[]
  /** Who launches it ends it, also when a signal comes; otherwise Playwright does. */
  readonly ownSignals?: boolean
}

export async function launchBrowser(options: BrowserOptions): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) {
    throw new Error('There is no Chromium here. Install it (Debian: apt-get install chromium) or set CHROMIUM to it.')
  }
  // Chromium refuses its own sandbox to root.
  const isRoot = process.getuid?.() === 0
  const args = [...QUIET, ...(isRoot ? ['--no-sandbox'] : []), ...(options.headless ? ['--disable-gpu'] : [])]
  // The terminal's Ctrl-C reaches Chromium's owner too, who decides when the browser goes.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false }
  return chromium.launch({
    ...{ executablePath, headless: options.headless, args: [...args, ...(options.args ?? [])] },
    ...(options.ownSignals ? signals : {})
  })
}
