/** `BrowserWindow`: the page itself lives in Chromium, at the other end of the channel. */
import type Electron from 'electron'
import { EventEmitter } from 'node:events'
import { ask, Refusable, tell } from './link'
import { fromLoopback, toLoopback } from './sites'

const windows = new Map<number, StandInWindow>()
export const openWindows = (): readonly StandInWindow[] => [...windows.values()]
export const windowOf = (id: number): StandInWindow | undefined => windows.get(id)

type ContentsMembers =
  'getURL' | 'id' | 'isDestroyed' | 'redo' | 'reload' | 'send' | 'setWindowOpenHandler' | 'startDrag' | 'undo'

class StandInContents extends EventEmitter implements Pick<Electron.WebContents, ContentsMembers> {
  readonly id: number
  #url = ''
  #mayOpen: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] = () => ({ action: 'allow' })

  constructor(id: number) {
    super()
    this.id = id
  }
  getURL(): string {
    return this.#url
  }
  send(channel: string, ...args: unknown[]): void {
    tell({ kind: 'send', window: this.id, channel, args })
  }
  reload(): void {
    tell({ kind: 'reload', window: this.id })
  }
  undo(): void {
    tell({ kind: 'called', api: 'webContents.undo', args: [] })
  }
  redo(): void {
    tell({ kind: 'called', api: 'webContents.redo', args: [] })
  }
  isDestroyed(): boolean {
    return !windows.has(this.id)
  }
  startDrag(item: Electron.Item): void {
    tell({ kind: 'called', api: 'webContents.startDrag', args: [{ file: item.file }] })
  }
  setWindowOpenHandler(handler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0]): void {
    this.#mayOpen = handler
  }

  async load(
    url: string,
    page: { readonly preloadFile: string | null; readonly width: number; readonly height: number }
  ) {
    this.#url = url
    await ask({ kind: 'load', window: this.id, page: { ...page, url: await toLoopback(url) } })
  }
  /** The page wants to leave; Electron asks `will-navigate`. */
  mayNavigate(loopbackUrl: string): boolean {
    const event = Object.assign(new Refusable(), { url: fromLoopback(loopbackUrl) })
    this.emit('will-navigate', event)
    return !event.defaultPrevented
  }
  mayOpenWindow(url: string): boolean {
    const details = {
      url,
      frameName: '',
      features: '',
      disposition: 'foreground-tab',
      referrer: { url: '', policy: 'default' }
    }
    return this.#mayOpen(details as Electron.HandlerDetails).action === 'allow'
  }
}

type WindowMembers =
  | 'close'
  | 'destroy'
  | 'focus'
  | 'getNormalBounds'
  | 'id'
  | 'isDestroyed'
  | 'isMaximized'
  | 'isMinimized'
  | 'loadURL'
  | 'maximize'
  | 'restore'
  | 'show'

/** Closing answers whether the window lets it happen, which Electron's keeps to itself. */
type WindowShape = Omit<Pick<Electron.BrowserWindow, WindowMembers>, 'close'> & { close: () => unknown }

export class StandInWindow extends EventEmitter implements WindowShape {
  static #made = 0
  readonly id: number
  readonly webContents: StandInContents
  readonly #options: Electron.BrowserWindowConstructorOptions
  #isMaximized = false

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super()
    StandInWindow.#made += 1
    this.id = StandInWindow.#made
    this.webContents = new StandInContents(this.id)
    this.#options = options
    windows.set(this.id, this)
  }

  async loadURL(url: string): Promise<void> {
    const { width = 800, height = 600, webPreferences } = this.#options
    await this.webContents.load(url, { preloadFile: webPreferences?.preload ?? null, width, height })
    this.emit('ready-to-show')
  }
  close(): boolean {
    const event = new Refusable()
    this.emit('close', event)
    if (!event.defaultPrevented) this.destroy()
    return !event.defaultPrevented
  }
  destroy(): void {
    tell({ kind: 'close', window: this.id })
  }
  /** The page is gone. */
  closed(): void {
    if (windows.delete(this.id)) this.emit('closed')
  }
  isDestroyed(): boolean {
    return !windows.has(this.id)
  }
  getNormalBounds(): Electron.Rectangle {
    const { x = 0, y = 0, width = 800, height = 600 } = this.#options
    return { x, y, width, height }
  }
  isMaximized(): boolean {
    return this.#isMaximized
  }
  isMinimized(): boolean {
    return false
  }
  maximize(): void {
    this.#isMaximized = true
  }
  restore(): void {}
  show(): void {}
  focus(): void {
    tell({ kind: 'focus', window: this.id })
  }
}
