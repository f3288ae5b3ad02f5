/** `app`: the life of the application, with Electron's order of events on the way out. */
import type Electron from 'electron'
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refusable, tell } from './link'
import { openWindows } from './window'

type Members =
  | 'addRecentDocument'
  | 'exit'
  | 'getAppPath'
  | 'getName'
  | 'getPath'
  | 'getVersion'
  | 'isPackaged'
  | 'isReady'
  | 'name'
  | 'quit'
  | 'requestSingleInstanceLock'
  | 'setPath'
  | 'whenReady'

const CONFIGURATION: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: join(homedir(), 'Library', 'Application Support'),
  win32: process.env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming')
}

class StandInApp extends EventEmitter implements Pick<Electron.App, Members> {
  readonly isPackaged = false
  name = 'foley-studio'
  readonly #paths = new Map<string, string>([
    ['home', homedir()],
    ['temp', tmpdir()]
  ])
  #isReady = false
  #isQuitting = false
  readonly #ready = new Promise<void>((resolve) =>
    setImmediate(() => {
      this.#isReady = true
      this.emit('ready')
      resolve()
    })
  )

  whenReady(): Promise<void> {
    return this.#ready
  }
  isReady(): boolean {
    return this.#isReady
  }
  getAppPath(): string {
    return process.cwd()
  }
  getName(): string {
    return this.name
  }
  getVersion(): string {
    const manifest: unknown = JSON.parse(readFileSync(join(this.getAppPath(), 'package.json'), 'utf8'))
    return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : ''
  }
  getPath(name: Parameters<Electron.App['getPath']>[0]): string {
    const configuration =
      CONFIGURATION[process.platform] ?? process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config')
    const appData = this.#paths.get('appData') ?? configuration
    const userData = this.#paths.get('userData') ?? join(appData, this.name)
    if (name === 'appData') return appData
    return name === 'userData' ? userData : (this.#paths.get(name) ?? join(userData, name))
  }
  setPath(name: string, path: string): void {
    this.#paths.set(name, path)
  }
  requestSingleInstanceLock(): boolean {
    return true
  }
  addRecentDocument(path: string): void {
    tell({ kind: 'called', api: 'app.addRecentDocument', args: [path] })
  }

  /** before-quit; every window's close, each of which may refuse; will-quit; quit. */
  quit(): void {
    const before = new Refusable()
    this.emit('before-quit', before)
    if (before.defaultPrevented) return
    this.#isQuitting = true
    for (const window of openWindows()) {
      if (window.close()) continue
      this.#isQuitting = false
      return
    }
    this.#finish()
  }

  /** Told of each window that is gone. */
  windowClosed(): void {
    if (openWindows().length > 0) return
    if (this.#isQuitting) this.#finish()
    else if (!this.emit('window-all-closed')) this.quit()
  }

  exit(exitCode = 0): never {
    this.emit('quit', {}, exitCode)
    process.exit(exitCode)
  }

  #finish(): void {
    if (openWindows().length > 0) return
    const last = new Refusable()
    this.emit('will-quit', last)
    if (last.defaultPrevented) this.#isQuitting = false
    else this.exit(0)
  }
}

export const app = new StandInApp()
