/** The owner of the windows: each is a page of a Chromium that Playwright drives. */
import type { BrowserContext, Frame, Page } from '@playwright/test'
import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import {
  BINDING,
  isFromMain,
  type DialogMethod,
  type FromMain,
  type FromPage,
  type PageRequest,
  type ToMain
} from './messages'
import { resolveFilePaths } from './file-paths'
import { installPageElectron, PATH_TOKEN } from './page-electron'

/** Answers a dialog: what Electron's method of that name resolves with; undefined for "cancelled". */
export type AnswerDialog = (method: DialogMethod, options: unknown) => Promise<unknown>

export interface WindowsOptions {
  readonly main: ChildProcess
  readonly context: BrowserContext
  readonly answerDialog: AnswerDialog
  readonly onCalled?: (api: string, args: readonly unknown[]) => void
  readonly onChild?: (child: { readonly name: string; readonly pid: number; readonly isRunning: boolean }) => void
  readonly onPage?: (page: Page) => void
  /** Pages fill the browser's window instead of taking the size that the application asked for. */
  readonly isFluid?: boolean
}

type Question =
  | Omit<Extract<ToMain, { kind: 'invoke' }>, 'ask'>
  | Omit<Extract<ToMain, { kind: 'navigate' | 'open-window' }>, 'ask'>
  | Omit<Extract<ToMain, { kind: 'menu' }>, 'ask'>

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export class Windows {
  readonly #options: WindowsOptions
  readonly #pages = new Map<number, Page>()
  /** What each window was last told to show. */
  readonly #requests = new Map<number, PageRequest>()
  readonly #crashed = new WeakSet<Page>()
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0
  /** Events reach a page in the order in which they were sent. */
  #sending: Promise<unknown> = Promise.resolve()

  constructor(options: WindowsOptions) {
    this.#options = options
    options.main.on('message', (message) => {
      if (isFromMain(message)) this.#hear(message).catch((error: unknown) => this.#complain(error))
    })
    options.main.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the main process has ended'))
      this.#waiting.clear()
      for (const page of this.#pages.values()) void page.close().catch(() => undefined)
    })
  }

  tell(message: ToMain): void {
    const { main } = this.#options
    if (main.connected) main.send(message, () => undefined)
  }

  ask(question: Question): Promise<unknown> {
    if (!this.#options.main.connected) return Promise.reject(new Error('the main process has ended'))
    this.#asked += 1
    const ask = this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(ask, { resolve, reject })
      this.tell({ ...question, ask })
    })
  }

  /** As the window's own close button: the application may refuse. */
  pressCloseButton(): void {
    for (const window of this.#pages.keys()) this.tell({ kind: 'close-button', window })
  }

  async #hear(message: FromMain): Promise<void> {
    const { answerDialog, onCalled, onChild } = this.#options
    switch (message.kind) {
      case 'load':
        await this.#load(message.window, message.page)
        this.tell({ kind: 'answer', ask: message.ask, value: true })
        return
      case 'send': {
        const { channel, args } = message
        const page = this.#pages.get(message.window)
        this.#sending = this.#sending.then(() => page?.evaluate(emitInPage, { channel, args }).catch(() => undefined))
        return
      }
      case 'close':
        return this.#pages.get(message.window)?.close()
      case 'reload':
        return this.#reload(message.window)
      case 'focus':
        return this.#pages.get(message.window)?.bringToFront()
      case 'dialog':
        this.tell({ kind: 'answer', ask: message.ask, value: await answerDialog(message.method, message.options) })
        return
      case 'called':
        onCalled?.(message.api, message.args)
        return
      case 'child':
        onChild?.(message)
        return
      case 'answer': {
        const waiting = this.#waiting.get(message.ask)
        this.#waiting.delete(message.ask)
        if (message.error === undefined) waiting?.resolve(message.value)
        else waiting?.reject(new Error(message.error))
      }
    }
  }

  async #load(window: number, request: PageRequest): Promise<void> {
    this.#requests.set(window, request)
    const existing = this.#pages.get(window)
    const page = existing ?? (await this.#open(window, request))
    await page.goto(request.url)
    if (!existing) this.#options.onPage?.(page)
  }

  /** Playwright does nothing with a page that crashed: another takes its place in the window. */
  async #reload(window: number): Promise<void> {
    const page = this.#pages.get(window)
    const request = this.#requests.get(window)
    if (!page || !request) return
    if (!this.#crashed.has(page)) {
      await page.reload()
      return
    }
    this.#pages.delete(window)
    await this.#load(window, request)
    await page.close()
  }

  async #open(window: number, { preloadFile, width, height }: PageRequest): Promise<Page> {
    const page = await this.#options.context.newPage()
    this.#pages.set(window, page)
    if (!this.#options.isFluid) await page.setViewportSize({ width, height })
    page.on('close', () => {
      if (this.#pages.get(window) !== page) return
      this.#pages.delete(window)
      this.tell({ kind: 'closed', window })
    })
    // Also after a reload, whoever asked for it.
    page.on('load', () => this.tell({ kind: 'loaded', window }))
    page.on('crash', () => {
      this.#crashed.add(page)
      this.tell({ kind: 'crashed', window })
    })
    page.on('popup', (popup) => void this.#popup(window, popup).catch(() => undefined))
    await page.exposeBinding(BINDING, ({ frame }, message: FromPage) => this.#hearPage(window, page, frame, message))
    const preload = preloadFile === null ? '' : await readFile(preloadFile, 'utf8')
    await page.addInitScript(installPageElectron, { binding: BINDING, pathToken: PATH_TOKEN })
    await page.addInitScript({
      content: `(function (require, module, exports, process) {${preload}\n})(__require, { exports: {} }, {}, {})`
    })
    return page
  }

  async #hearPage(window: number, page: Page, frame: Frame, message: FromPage): Promise<unknown> {
    if (message.kind === 'navigate') return this.#navigate(window, page, message.url)
    const { channel } = message
    const args = await resolveFilePaths(page, message.args)
    const isMainFrame = frame === page.mainFrame()
    return this.ask({ kind: 'invoke', window, channel, args, url: frame.url(), isMainFrame })
  }

  async #navigate(window: number, page: Page, url: string): Promise<void> {
    if ((await this.ask({ kind: 'navigate', window, url })) === true) await page.goto(url)
  }

  async #popup(window: number, popup: Page): Promise<void> {
    const may = await this.ask({ kind: 'open-window', window, url: popup.url() })
    if (may !== true) await popup.close()
  }

  /** A page that closes while it is spoken to is no fault. */
  #complain(error: unknown): void {
    if (this.#options.main.connected && this.#pages.size > 0) process.stderr.write(`[harness] ${String(error)}\n`)
  }
}

interface Emitted {
  readonly channel: string
  readonly args: readonly unknown[]
}

/** Runs in the page: calls what {@link installPageElectron} left there. */
function emitInPage({ channel, args }: Emitted): void {
  const harness: unknown = Reflect.get(globalThis, '__harness')
  const emit: unknown = typeof harness === 'object' && harness ? Reflect.get(harness, 'emit') : undefined
  if (typeof emit === 'function') Reflect.apply(emit, undefined, [channel, args])
}
