/**
 * What the application's main process gets for `electron` in the harness: its windows are pages of a Chromium that
 * Playwright drives. Each part is written against `electron.d.ts` (`implements Pick<…>`, `satisfies Partial<…>`), so that
 * it cannot offer what Electron does not have; what it lacks fails at the call.
 *
 * Not covered: the sandbox, privileges of schemes, native menus and dialogs, drags between programs, ASAR, the GPU.
 */
import { app } from './app'
import { ipcMain } from './ipc'
import { listen, tell } from './link'
import { chooseMenuItem } from './system'
import { windowOf } from './window'

export { app, ipcMain }
export { protocol } from './sites'
export { crashReporter, dialog, Menu, nativeImage, nativeTheme, screen, session, shell } from './system'
export { utilityProcess } from './utility-process'
export { StandInWindow as BrowserWindow } from './window'

// As Electron ends on them: asking the windows first.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit())

listen((message) => {
  switch (message.kind) {
    case 'invoke':
      return void ipcMain.invoke(message)
    case 'navigate':
    case 'open-window': {
      const contents = windowOf(message.window)?.webContents
      const may =
        message.kind === 'navigate' ? contents?.mayNavigate(message.url) : contents?.mayOpenWindow(message.url)
      return tell({ kind: 'answer', ask: message.ask, value: may ?? false })
    }
    case 'loaded':
      return void windowOf(message.window)?.webContents.emit('did-finish-load')
    case 'closed':
      windowOf(message.window)?.closed()
      return app.windowClosed()
    case 'crashed':
      return void windowOf(message.window)?.webContents.emit(
        'render-process-gone',
        {},
        { reason: 'crashed', exitCode: 1 }
      )
    case 'close-button':
      return void windowOf(message.window)?.close()
    case 'menu':
      return tell({ kind: 'answer', ask: message.ask, value: chooseMenuItem(message.id) })
    case 'second-instance':
      return void app.emit('second-instance', {}, message.argv, message.folder, {})
    case 'open-file':
      return void app.emit('open-file', { preventDefault: () => undefined }, message.path)
    case 'quit':
      return app.quit()
  }
})
