/** The life of the application: one instance, one window, one studio. */
import { EVENT_CHANNEL, type EventName, type Events } from '@shared/ipc'
import { app, BrowserWindow, crashReporter, dialog, Menu, nativeTheme, protocol, shell } from 'electron'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { StudioPorts, StudioService } from '../studio/ports'
import { createStudio } from '../studio'
import { CloseGuard } from './close-guard'
import { createDialogs } from './dialogs'
import { forkUtility } from './engine-fork'
import { answerRequests } from './ipc'
import { openLog } from './log'
import { menuTemplate } from './menu'
import { findPlaces, type Places } from './places'
import { createSite, SCHEME } from './scheme'
import { openPathOf } from './start-arguments'
import { createWindow, denyPermissions, loadHome, startDrag } from './window'

/** Everything before `ready` happens in this call, synchronously: the scheme's privileges can only be asked for then. */
export function startApplication(): void {
  // For tests, and for whoever keeps more than one set of settings. Before the lock, which lies there.
  const userDataFolder = process.env['FOLEY_USER_DATA']
  if (userDataFolder !== undefined && userDataFolder !== '') app.setPath('userData', userDataFolder)
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  crashReporter.start({ uploadToServer: false })
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } }
  ])
  new Application().start()
}

class Application {
  readonly #userDataFolder = app.getPath('userData')
  readonly #log: StudioPorts['log']
  readonly #guard = new CloseGuard({ ask: () => this.#send('closing', null), close: () => this.#close() })
  #window: BrowserWindow | undefined
  #studio: StudioService | undefined
  #isPageListening = false
  #openPath = openPathOf({ argv: process.argv, folder: process.cwd(), isPackaged: app.isPackaged })
  #isQuitting = false
  #isReopened = false
  #disposal: 'due' | 'running' | 'done' = 'due'

  constructor() {
    mkdirSync(this.#userDataFolder, { recursive: true })
    this.#log = openLog(this.#userDataFolder)
  }

  start(): void {
    app.on('second-instance', (_event, argv, folder) => {
      this.#raise()
      const path = openPathOf({ argv, folder, isPackaged: app.isPackaged })
      if (path !== null) this.#open(path)
    })
    // macOS: a file was dropped on the icon or double-clicked; this may come before `ready`.
    app.on('open-file', (event, path) => {
      event.preventDefault()
      this.#open(path)
    })
    app.on('before-quit', () => (this.#isQuitting = true))
    // On macOS too: without its window this application has nothing to show.
    app.on('window-all-closed', () => app.quit())
    app.on('will-quit', (event) => this.#disposeFirst(event))
    app
      .whenReady()
      .then(() => this.#ready())
      .catch((error: unknown) => this.#giveUp(error))
  }

  async #ready(): Promise<void> {
    const places = findPlaces()
    denyPermissions()
    const studio = await createStudio(this.#ports(places))
    this.#studio = studio
    protocol.handle(SCHEME, createSite({ pageFolder: places.pageFolder, resolveProject: studio.resolve }))
    const { settings } = await studio.handlers['app:info'](undefined)
    nativeTheme.themeSource = settings.theme
    this.#window = createWindow({
      preloadFile: places.preloadFile,
      stateFile: join(this.#userDataFolder, 'window.json'),
      isDark: nativeTheme.shouldUseDarkColors,
      mayClose: () => this.#guard.mayClose()
    })
    this.#watch(this.#window)
    this.#connect(studio, this.#window)
    this.#showMenu()
    await this.#load(this.#window)
    this.#log('info', `Foley Studio ${app.getVersion()} is ready`)
  }

  /** A window that was closed, or whose page crashed and opens anew, before it had loaded is no reason to give up. */
  async #load(window: BrowserWindow): Promise<void> {
    try {
      await loadHome(window)
    } catch (error) {
      if (!window.isDestroyed() && !this.#isReopened) throw error
    }
  }

  #ports(places: Places): StudioPorts {
    const { packsFolder, samplesFolder, licences } = places
    return {
      version: app.getVersion(),
      platform: process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
      userDataFolder: this.#userDataFolder,
      ...{ packsFolder, samplesFolder, licences },
      takeOpenPath: () => this.#takeOpenPath(),
      forkEngine: forkUtility(places.engineEntry),
      dialogs: createDialogs(() => this.#requireWindow()),
      send: (name, event) => this.#send(name, event),
      showInFolder: (path) => shell.showItemInFolder(path),
      startDrag: (path) => startDrag(this.#requireWindow(), path, places.resourcesFolder),
      log: this.#log
    }
  }

  #connect(studio: StudioService, window: BrowserWindow): void {
    answerRequests({
      ...{ window, guard: this.#guard, handlers: studio.handlers, log: this.#log },
      onAnswer: (name, answer) => {
        if (!answer.ok || typeof answer.value !== 'object' || answer.value === null) return
        if (name === 'settings:set' && 'theme' in answer.value) nativeTheme.themeSource = answer.value.theme
        if ('film' in answer.value && answer.value.path !== null) app.addRecentDocument(answer.value.path)
      }
    })
  }

  #watch(window: BrowserWindow): void {
    window.on('unresponsive', () => this.#guard.setDeaf(true))
    window.on('responsive', () => this.#guard.setDeaf(false))
    window.on('closed', () => (this.#window = undefined))
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      this.#log('error', `the window's process is gone: ${reason} (${exitCode})`)
      if (reason === 'clean-exit') return
      this.#guard.setDeaf(true)
      void this.#reopen(window)
    })
    window.webContents.on('preload-error', (_event, _path, error) =>
      this.#log('error', 'the preload script failed', error)
    )
  }

  /** The page opens anew and offers what the recovery file holds. */
  async #reopen({ webContents }: BrowserWindow): Promise<void> {
    this.#isReopened = true
    try {
      await this.#studio?.abandon()
    } catch (error) {
      this.#log('error', 'what the page left could not be closed', error)
    }
    if (webContents.isDestroyed()) return
    this.#isPageListening = false
    webContents.once('did-finish-load', () => this.#guard.setDeaf(false))
    webContents.reload()
  }

  #showMenu(): void {
    const template = menuTemplate({
      ...{ platform: process.platform, isDevelopment: !app.isPackaged },
      choose: (command) => this.#send('command', command),
      editText: (verb) => this.#window?.webContents[verb]()
    })
    Menu.setApplicationMenu(Menu.buildFromTemplate(template))
  }

  #requireWindow(): BrowserWindow {
    if (!this.#window) throw new Error('the window is closed')
    return this.#window
  }

  #send<Name extends EventName>(name: Name, event: Events[Name]): void {
    if (this.#window && !this.#window.isDestroyed()) this.#window.webContents.send(EVENT_CHANNEL, name, event)
  }

  #open(path: string): void {
    if (this.#isPageListening) this.#send('open-path', path)
    else this.#openPath = path
  }

  /** Asked by the page once it listens. What was opened is not opened again when a page that crashed comes back. */
  #takeOpenPath(): string | null {
    const path = this.#openPath
    this.#openPath = null
    this.#isPageListening = true
    return path
  }

  #raise(): void {
    if (this.#window?.isMinimized()) this.#window.restore()
    this.#window?.focus()
  }

  #close(): void {
    if (this.#isQuitting) app.quit()
    else this.#window?.close()
  }

  /** `will-quit` comes when the window is gone: then the engine's process and the jobs end. */
  #disposeFirst(event: { preventDefault: () => void }): void {
    if (!this.#studio || this.#disposal === 'done') return
    event.preventDefault()
    if (this.#disposal === 'running') return
    this.#disposal = 'running'
    void this.#studio
      .dispose()
      .catch((error: unknown) => this.#log('error', 'the studio did not end well', error))
      .finally(() => {
        this.#disposal = 'done'
        app.quit()
      })
  }

  #giveUp(error: unknown): void {
    this.#log('error', 'Foley Studio could not start', error)
    const reason = error instanceof Error ? error.message : String(error)
    dialog.showErrorBox(
      'Foley Studio could not start',
      `${reason}\n\nThe log is in ${join(this.#userDataFolder, 'logs')}.`
    )
    app.exit(1)
  }
}
