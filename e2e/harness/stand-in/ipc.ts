/** `ipcMain`: what pages invoke. */
import type Electron from 'electron'
import { EventEmitter } from 'node:events'
import type { ToMain } from '../messages'
import { tell } from './link'
import { fromLoopback } from './sites'
import { windowOf } from './window'

type Invoke = Extract<ToMain, { kind: 'invoke' }>
type Listener = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown

class StandInIpcMain extends EventEmitter implements Pick<Electron.IpcMain, 'handle' | 'removeHandler'> {
  readonly #handlers = new Map<string, Listener>()

  handle(channel: string, listener: Listener): void {
    if (this.#handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    this.#handlers.set(channel, listener)
  }
  removeHandler(channel: string): void {
    this.#handlers.delete(channel)
  }

  /** Errors keep their message only, as in Electron. */
  async invoke({ ask, window, channel, args, url, isMainFrame }: Invoke): Promise<void> {
    try {
      const listener = this.#handlers.get(channel)
      if (!listener) throw new Error(`No handler registered for '${channel}'`)
      const sender = windowOf(window)?.webContents
      const senderFrame = { url: fromLoopback(url), parent: isMainFrame ? null : {} }
      // The part of the event that the application looks at.
      const event: unknown = { sender, senderFrame }
      tell({ kind: 'answer', ask, value: await listener(event as Electron.IpcMainInvokeEvent, ...args) })
    } catch (error) {
      tell({
        kind: 'answer',
        ask,
        value: undefined,
        error: `Error invoking remote method '${channel}': ${String(error)}`
      })
    }
  }
}

export const ipcMain = new StandInIpcMain()
