/** {@link FoleyApp} in real Electron. What a person would do outside the page is stubbed inside the main process. */
import type { CommandId } from '@shared/commands'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { dropFiles, type DialogAnswers, type FoleyApp, type LaunchRequest, type SystemCall } from './foley-app'

const SWITCHES = process.getuid?.() === 0 ? ['--no-sandbox'] : []

export async function launchElectron(request: LaunchRequest): Promise<FoleyApp> {
  const { args = [], env = {}, userDataFolder } = request
  const electron = await _electron.launch({
    args: [...SWITCHES, '.', ...args],
    env: { ...definedEnvironment(), FOLEY_USER_DATA: userDataFolder, ...env }
  })
  const app = new ElectronFoleyApp(request, electron)
  await app.recordSystemCalls()
  return app
}

const definedEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  )

class ElectronFoleyApp implements FoleyApp {
  readonly isHarness = false
  readonly userDataFolder: string
  readonly log: SystemCall[] = []
  readonly exited: Promise<number | null>
  readonly #electron: ElectronApplication

  constructor({ userDataFolder }: LaunchRequest, electron: ElectronApplication) {
    this.userDataFolder = userDataFolder
    this.#electron = electron
    this.exited = new Promise((resolve) => electron.process().once('exit', (code) => resolve(code)))
    electron.on('console', (message) => {
      const [, call] = /^foley-system-call (.*)$/s.exec(message.text()) ?? []
      const parsed: unknown = call === undefined ? undefined : JSON.parse(call)
      if (isSystemCall(parsed)) this.log.push(parsed)
    })
  }

  get mainPid(): number {
    return this.#electron.process().pid ?? -1
  }

  firstWindow(): Promise<Page> {
    return this.#electron.firstWindow()
  }

  /** Replaces what would leave the window by a note on the console, and dialogs by queued answers. */
  recordSystemCalls(): Promise<void> {
    return this.#electron.evaluate(({ app, dialog, shell, webContents }) => {
      const note = (api: string, ...args: unknown[]): void =>
        console.log(`foley-system-call ${JSON.stringify({ api, args })}`)
      const queues: Record<string, unknown[]> = { showOpenDialog: [], showSaveDialog: [], showMessageBox: [] }
      Object.assign(globalThis, { foleyDialogs: queues })
      const answer = (api: string, cancelled: object): unknown =>
        Object.assign(dialog, {
          [api]: (...args: unknown[]) => {
            note(`dialog.${api}`, args.at(-1))
            return Promise.resolve(queues[api]?.shift() ?? cancelled)
          }
        })
      answer('showOpenDialog', { canceled: true, filePaths: [] })
      answer('showSaveDialog', { canceled: true, filePath: '' })
      answer('showMessageBox', { response: 2, checkboxChecked: false })
      Object.assign(shell, { showItemInFolder: (path: string) => note('shell.showItemInFolder', path) })
      const startDrag = ({ file }: { readonly file: string }): void => note('webContents.startDrag', { file })
      for (const contents of webContents.getAllWebContents()) Object.assign(contents, { startDrag })
      app.on('web-contents-created', (_event, contents) => void Object.assign(contents, { startDrag }))
    })
  }

  stubDialog<Method extends keyof DialogAnswers>(method: Method, answer: DialogAnswers[Method]): Promise<void> {
    return this.#electron.evaluate(
      (_electron, [name, value]) => {
        const queues: unknown = Reflect.get(globalThis, 'foleyDialogs')
        const queue: unknown = typeof queues === 'object' && queues ? Reflect.get(queues, name) : undefined
        if (Array.isArray(queue)) queue.push(value)
      },
      [method, answer] as const
    )
  }

  enginePid(): Promise<number | undefined> {
    return this.#electron.evaluate(({ app }) => app.getAppMetrics().find(({ name }) => name === 'Foley engine')?.pid)
  }

  chooseMenuItem(id: CommandId): Promise<void> {
    return this.#electron.evaluate(({ Menu }, itemId) => {
      const item = Menu.getApplicationMenu()?.getMenuItemById(itemId)
      if (!item) throw new Error(`the menu has no ${itemId}`)
      // What a person's click does; the method is not in electron.d.ts with its arguments, of which the first is the event.
      Reflect.apply(item.click, item, [{}])
    }, id)
  }

  startAgain(args: readonly string[]): Promise<void> {
    return this.#electron.evaluate(
      ({ app }, words) => void app.emit('second-instance', {}, ['electron', '.', ...words], process.cwd(), {}),
      args
    )
  }

  async drop(selector: string, paths: readonly string[]): Promise<void> {
    await dropFiles(await this.firstWindow(), selector, paths)
  }

  pressCloseButton(): Promise<void> {
    return this.#electron.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().forEach((window) => window.close())
    )
  }

  async crash(): Promise<void> {
    this.#electron.process().kill('SIGKILL')
    await this.exited
  }

  async quit(): Promise<void> {
    const main = this.#electron.process()
    if (main.exitCode !== null || main.signalCode !== null) return
    // What works is stopped, what is unsaved is discarded.
    for (let question = 0; question < 2; question += 1) await this.stubDialog('showMessageBox', { response: 1 })
    await this.#electron.close()
  }
}

function isSystemCall(value: unknown): value is SystemCall {
  return typeof value === 'object' && value !== null && 'api' in value && 'args' in value
}
