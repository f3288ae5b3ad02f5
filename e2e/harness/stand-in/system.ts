/** The system around the window: dialogs, menu, shell, screens. Asked at the other end, or only recorded there. */
import type Electron from 'electron'
import { EventEmitter } from 'node:events'
import { ask, tell } from './link'

/** Electron's dialogs take a window first, or not; the options come last. */
async function askDialog<T extends object>(
  method: 'showOpenDialog' | 'showSaveDialog' | 'showMessageBox',
  args: readonly unknown[],
  cancelled: T
): Promise<T> {
  const value = await ask({ kind: 'dialog', method, options: args.at(-1) })
  return { ...cancelled, ...(typeof value === 'object' ? value : {}) }
}

export const dialog = {
  showOpenDialog: (...args: readonly unknown[]): Promise<Electron.OpenDialogReturnValue> =>
    askDialog('showOpenDialog', args, { canceled: true, filePaths: [] }),
  showSaveDialog: (...args: readonly unknown[]): Promise<Electron.SaveDialogReturnValue> =>
    askDialog('showSaveDialog', args, { canceled: true, filePath: '' }),
  showMessageBox: (...args: readonly unknown[]): Promise<Electron.MessageBoxReturnValue> => {
    const [options] = args.slice(-1)
    const cancelId =
      typeof options === 'object' && options !== null && 'cancelId' in options ? Number(options.cancelId) : 0
    return askDialog('showMessageBox', args, { response: cancelId, checkboxChecked: false })
  },
  showErrorBox: (title, content) => {
    process.stderr.write(`${title}\n${content}\n`)
    tell({ kind: 'called', api: 'dialog.showErrorBox', args: [title, content] })
  }
} satisfies Partial<Electron.Dialog>

export const shell = {
  showItemInFolder: (path) => tell({ kind: 'called', api: 'shell.showItemInFolder', args: [path] })
} satisfies Partial<Electron.Shell>

let applicationMenu: { readonly template: readonly Electron.MenuItemConstructorOptions[] } | null = null

export const Menu = {
  buildFromTemplate: (template: readonly Electron.MenuItemConstructorOptions[]) => ({ template }),
  setApplicationMenu: (menu: typeof applicationMenu) => void (applicationMenu = menu)
} satisfies { readonly [Name in keyof typeof Electron.Menu]?: unknown }

/** As if a person chose it. Returns whether the menu has it. */
export function chooseMenuItem(id: string): boolean {
  const items = (applicationMenu?.template ?? []).flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
  const click: unknown = items.find((item) => item.id === id)?.click
  if (typeof click === 'function') Reflect.apply(click, undefined, [undefined, undefined, {}])
  return typeof click === 'function'
}

export const nativeTheme: Pick<Electron.NativeTheme, 'shouldUseDarkColors' | 'themeSource'> = {
  get shouldUseDarkColors() {
    return this.themeSource !== 'light'
  },
  themeSource: 'system'
}

const AREA: Electron.Rectangle = { x: 0, y: 0, width: 1920, height: 1080 }
export const screen = {
  getAllDisplays: (): readonly Pick<Electron.Display, 'workArea'>[] => [{ workArea: AREA }]
} satisfies { readonly [Name in keyof Electron.Screen]?: unknown }

export const crashReporter = { start: () => undefined } satisfies Partial<Electron.CrashReporter>

export const nativeImage = {
  createFromPath: (path: string) => ({ path })
} satisfies { readonly [Name in keyof typeof Electron.nativeImage]?: unknown }

class StandInSession
  extends EventEmitter
  implements Pick<Electron.Session, 'setPermissionCheckHandler' | 'setPermissionRequestHandler'>
{
  setPermissionCheckHandler(): void {}
  setPermissionRequestHandler(): void {}
}
export const session = { defaultSession: new StandInSession() } satisfies {
  readonly [Name in keyof typeof Electron.session]?: unknown
}
