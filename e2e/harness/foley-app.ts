/** The started application as a test sees it, whichever of the two launchers started it. */
import type { CommandId } from '@shared/commands'
import type { Page } from '@playwright/test'

/** What Electron's method of that name resolves with. */
export interface DialogAnswers {
  readonly showOpenDialog: { readonly canceled: boolean; readonly filePaths: string[] }
  readonly showSaveDialog: { readonly canceled: boolean; readonly filePath: string }
  /** Index of the button. */
  readonly showMessageBox: { readonly response: number }
}

/** Something that the application asked of the system: a dialog, a drag, the file manager. */
export interface SystemCall {
  readonly api: string
  readonly args: readonly unknown[]
}

export interface LaunchOptions {
  /** Words of the command line: a film to open. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface LaunchRequest extends LaunchOptions {
  /** Fresh for each test, or kept to start again where one left off. */
  readonly userDataFolder: string
}

export interface FoleyApp {
  readonly isHarness: boolean
  readonly userDataFolder: string
  readonly mainPid: number
  /** Everything that was asked of the system, in order. Dialogs are there as `dialog.showOpenDialog` and so on. */
  readonly log: readonly SystemCall[]
  firstWindow(): Promise<Page>
  /** Queues the answer of the next dialog of that kind; without one, it is cancelled. */
  stubDialog<Method extends keyof DialogAnswers>(method: Method, answer: DialogAnswers[Method]): Promise<void>
  /** Of the engine's running process; undefined when there is none. */
  enginePid(): Promise<number | undefined>
  chooseMenuItem(id: CommandId): Promise<void>
  /** Another start of the application with these words. */
  startAgain(args: readonly string[]): Promise<void>
  /** Drops files on what `selector` names. Their paths reach the page as those of real files do. */
  drop(selector: string, paths: readonly string[]): Promise<void>
  /** The window's close button: the application may ask first. */
  pressCloseButton(): Promise<void>
  /** Ends the main process without a word, as a power cut would. */
  crash(): Promise<void>
  /** Ends it, if it has not ended by itself. */
  quit(): Promise<void>
  /** Resolves with the exit status when the main process has ended; null for a signal. */
  readonly exited: Promise<number | null>
}

const INPUT_ID = 'foley-test-files'

/** The same in both worlds: real files of an input element, moved into a drop. */
export async function dropFiles(page: Page, selector: string, paths: readonly string[]): Promise<void> {
  await page.evaluate((id) => {
    const input = Object.assign(document.createElement('input'), { id, type: 'file', multiple: true, hidden: true })
    document.body.append(input)
  }, INPUT_ID)
  await page.setInputFiles(`#${INPUT_ID}`, [...paths])
  await page.locator(selector).evaluate((target, id) => {
    const input = document.querySelector<HTMLInputElement>(`#${id}`)
    const dataTransfer = new DataTransfer()
    for (const file of input?.files ?? []) dataTransfer.items.add(file)
    input?.remove()
    for (const type of ['dragenter', 'dragover', 'drop']) {
      target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }))
    }
  }, INPUT_ID)
}
