/** The one window: closed to everything that is not our page. */
import { BrowserWindow, nativeImage, screen, session, type Event } from 'electron'
import { join } from 'node:path'
import { HOME, isHome } from './scheme'
import { reachable, readWindowState, writeWindowState } from './window-state'

const DEFAULT_SIZE = { width: 1440, height: 900 }
const SMALLEST_SIZE = { minWidth: 960, minHeight: 600 }
/** Of the dark theme's and of the light theme's page, so that opening does not flash. */
const BACKGROUND = { dark: '#131518', light: '#f3f4f6' }

export interface WindowOptions {
  readonly preloadFile: string
  readonly stateFile: string
  readonly isDark: boolean
  /** Whether the window may be closed now. */
  readonly mayClose: () => boolean
}

export function createWindow({ preloadFile, stateFile, isDark, mayClose }: WindowOptions): BrowserWindow {
  const state = readWindowState(stateFile)
  const workAreas = screen.getAllDisplays().map(({ workArea }) => workArea)
  const window = new BrowserWindow({
    ...DEFAULT_SIZE,
    ...SMALLEST_SIZE,
    ...reachable(state.bounds, workAreas),
    title: 'Foley Studio',
    show: false,
    backgroundColor: isDark ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload: preloadFile,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
      // The sound goes on while another program is in front.
      backgroundThrottling: false,
      autoplayPolicy: 'no-user-gesture-required'
    }
  })
  closeDoors(window)
  window.once('ready-to-show', () => (state.isMaximized ? window.maximize() : window.show()))
  window.on('close', (event: Event) => {
    if (!mayClose()) return event.preventDefault()
    writeWindowState(stateFile, { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() })
  })
  return window
}

/** No other page, no other window, no permission. Loading {@link HOME} is the application's own doing and not concerned. */
function closeDoors({ webContents }: BrowserWindow): void {
  webContents.on('will-navigate', (event) => {
    if (!isHome(event.url)) event.preventDefault()
  })
  webContents.on('will-attach-webview', (event: Event) => event.preventDefault())
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
}

/** Before the first window is made. */
export function denyPermissions(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.defaultSession.setPermissionCheckHandler(() => false)
}

export const loadHome = (window: BrowserWindow): Promise<void> => window.loadURL(HOME)

/** Begins a drag of a file out of the window. The picture under the pointer must not be empty (macOS refuses it). */
export function startDrag(window: BrowserWindow, file: string, resourcesFolder: string): void {
  const icon = nativeImage.createFromPath(join(resourcesFolder, 'icons', 'drag.png'))
  window.webContents.startDrag({ file, icon })
}
