/**
 * What the application's main process (with the stand-in for Electron in it) and the owner of its windows tell each
 * other over the child process's channel. Structured clones: typed arrays survive.
 */

export type DialogMethod = 'showOpenDialog' | 'showSaveDialog' | 'showMessageBox' | 'showErrorBox'

/** From the main process. With `ask`, an answer is expected. */
export type FromMain =
  | { readonly kind: 'load'; readonly ask: number; readonly window: number; readonly page: PageRequest }
  | { readonly kind: 'send'; readonly window: number; readonly channel: string; readonly args: readonly unknown[] }
  | { readonly kind: 'close' | 'reload' | 'focus'; readonly window: number }
  | { readonly kind: 'dialog'; readonly ask: number; readonly method: DialogMethod; readonly options: unknown }
  /** Something outside the page was asked of the system: recorded, not done. */
  | { readonly kind: 'called'; readonly api: string; readonly args: readonly unknown[] }
  | { readonly kind: 'child'; readonly name: string; readonly pid: number; readonly isRunning: boolean }
  | { readonly kind: 'answer'; readonly ask: number; readonly value: unknown; readonly error?: string }

export interface PageRequest {
  readonly url: string
  readonly preloadFile: string | null
  readonly width: number
  readonly height: number
}

/** To the main process. */
export type ToMain =
  | { readonly kind: 'answer'; readonly ask: number; readonly value: unknown }
  | {
      readonly kind: 'invoke'
      readonly ask: number
      readonly window: number
      readonly channel: string
      readonly args: readonly unknown[]
      readonly url: string
      readonly isMainFrame: boolean
    }
  /** The page wants to go elsewhere, or to open a window. Answered with whether it may. */
  | { readonly kind: 'navigate' | 'open-window'; readonly ask: number; readonly window: number; readonly url: string }
  /** The page is there, for the first time or again; or it is gone. */
  | { readonly kind: 'loaded' | 'closed' | 'crashed'; readonly window: number }
  /** The person presses the window's close button. */
  | { readonly kind: 'close-button'; readonly window: number }
  /** The person chooses a menu item. Answered with whether there is one. */
  | { readonly kind: 'menu'; readonly ask: number; readonly id: string }
  | { readonly kind: 'second-instance'; readonly argv: readonly string[]; readonly folder: string }
  | { readonly kind: 'open-file'; readonly path: string }
  | { readonly kind: 'quit' }

/** Both ends are this repository's own: the shape is taken on trust once it has a kind. */
const hasKind = (message: unknown): boolean => typeof message === 'object' && message !== null && 'kind' in message
export const isFromMain = (message: unknown): message is FromMain => hasKind(message)
export const isToMain = (message: unknown): message is ToMain => hasKind(message)

/** Name of the function in the page that leads to the owner of the windows. */
export const BINDING = '__foleyHarness'

/** What the page says through {@link BINDING}. */
export type FromPage =
  | { readonly kind: 'invoke'; readonly channel: string; readonly args: readonly unknown[] }
  | { readonly kind: 'navigate'; readonly url: string }
