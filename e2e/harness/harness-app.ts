/** {@link FoleyApp} where Electron's runtime cannot be had: Node, the stand-in, Chromium. */
import type { CommandId } from '@shared/commands'
import type { Browser, Page } from '@playwright/test'
import type { ChildProcess } from 'node:child_process'
import { launchBrowser } from './browser'
import { dropFiles, type DialogAnswers, type FoleyApp, type LaunchRequest, type SystemCall } from './foley-app'
import { forkMain } from './main-process'
import type { DialogMethod } from './messages'
import { Windows } from './windows'

/** How long the main process may take to end by itself. */
const QUIT_MS = 15_000

export async function launchHarness(request: LaunchRequest): Promise<FoleyApp> {
  const browser = await launchBrowser({ headless: true })
  const context = await browser.newContext({ viewport: null })
  return new HarnessApp(request, browser, forkMain(request), (app, main) => {
    return new Windows({ ...app.windowsOptions(), main, context })
  })
}

class HarnessApp implements FoleyApp {
  readonly isHarness = true
  readonly userDataFolder: string
  readonly log: SystemCall[] = []
  readonly exited: Promise<number | null>
  readonly #main: ChildProcess
  readonly #browser: Browser
  readonly #windows: Windows
  readonly #dialogs = new Map<DialogMethod, unknown[]>()
  readonly #engines = new Set<number>()
  readonly #opened: Promise<Page>
  /** Of the window; another one after a crash. */
  #page: Page | undefined
  #onPage: (page: Page) => void = () => undefined

  constructor(
    request: LaunchRequest,
    browser: Browser,
    main: ChildProcess,
    windows: (app: HarnessApp, main: ChildProcess) => Windows
  ) {
    this.userDataFolder = request.userDataFolder
    this.#browser = browser
    this.#main = main
    this.exited = new Promise((resolve) => main.once('exit', (code) => resolve(code)))
    this.#opened = new Promise((resolve, reject) => {
      this.#onPage = resolve
      void this.exited.then((code) => reject(new Error(`the main process ended with status ${code} before a window`)))
    })
    // Whoever asks for the window hears of it; a test that does not is no worse off.
    this.#opened.catch(() => undefined)
    this.#windows = windows(this, main)
  }

  get mainPid(): number {
    return this.#main.pid ?? -1
  }

  async firstWindow(): Promise<Page> {
    const first = await this.#opened
    return this.#page ?? first
  }

  stubDialog<Method extends keyof DialogAnswers>(method: Method, answer: DialogAnswers[Method]): Promise<void> {
    this.#dialogs.set(method, [...(this.#dialogs.get(method) ?? []), answer])
    return Promise.resolve()
  }

  enginePid(): Promise<number | undefined> {
    return Promise.resolve([...this.#engines].at(-1))
  }

  async chooseMenuItem(id: CommandId): Promise<void> {
    if ((await this.#windows.ask({ kind: 'menu', id })) !== true) throw new Error(`the menu has no ${id}`)
  }

  startAgain(args: readonly string[]): Promise<void> {
    this.#windows.tell({ kind: 'second-instance', argv: ['node', '.', ...args], folder: process.cwd() })
    return Promise.resolve()
  }

  async drop(selector: string, paths: readonly string[]): Promise<void> {
    const page = await this.firstWindow()
    await dropFiles(page, selector, paths)
  }

  pressCloseButton(): Promise<void> {
    this.#windows.pressCloseButton()
    return Promise.resolve()
  }

  async crash(): Promise<void> {
    this.#main.kill('SIGKILL')
    await this.exited
    await this.#browser.close()
  }

  async quit(): Promise<void> {
    if (this.#main.exitCode === null && this.#main.signalCode === null) {
      // What works at a test's end is stopped, what is unsaved is discarded.
      this.#dialogs.set('showMessageBox', [{ response: 1 }, { response: 1 }])
      const deadline = setTimeout(() => this.#main.kill('SIGKILL'), QUIT_MS)
      this.#windows.tell({ kind: 'quit' })
      await this.exited
      clearTimeout(deadline)
    }
    await this.#browser.close()
  }

  windowsOptions() {
    return {
      answerDialog: (method: DialogMethod, options: unknown): Promise<unknown> => {
        this.log.push({ api: `dialog.${method}`, args: [options] })
        return Promise.resolve(this.#dialogs.get(method)?.shift())
      },
      onCalled: (api: string, args: readonly unknown[]): void => void this.log.push({ api, args }),
      onChild: ({ pid, isRunning }: { readonly pid: number; readonly isRunning: boolean }): void => {
        if (isRunning) this.#engines.add(pid)
        else this.#engines.delete(pid)
      },
      onPage: (page: Page): void => {
        this.#page = page
        this.#onPage(page)
      }
    }
  }
}
