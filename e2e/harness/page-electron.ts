/**
 * What the preload script gets for `electron`. Runs in the page, before its scripts: one function without a closure, since
 * Playwright hands over its source.
 */
import type { FromPage } from './messages'

export interface PageElectronOptions {
  readonly binding: string
  readonly pathToken: string
}

/**
 * [Note: paths of files] A page of Chromium does not learn where a file lies, its debugger does. `getPathForFile` cannot
 * wait, so it answers with a token, and the owner of the page puts the path in its place when it crosses.
 */
export const PATH_TOKEN = 'harness-file:'

/** What {@link installPageElectron} leaves on the window for the owner of the page. */
export interface HarnessWindow {
  readonly __harness: {
    readonly emit: (channel: string, args: readonly unknown[]) => void
    /** Files whose path was asked for: see [Note: paths of files]. */
    readonly files: File[]
  }
}

export function installPageElectron({ binding, pathToken }: PageElectronOptions): void {
  type Listener = (event: unknown, ...args: unknown[]) => void
  const listeners = new Map<string, Set<Listener>>()
  const files: File[] = []
  const say = (message: FromPage): unknown => {
    const send: unknown = Reflect.get(globalThis, binding)
    return typeof send === 'function' ? Reflect.apply(send, undefined, [message]) : undefined
  }
  const ipcRenderer = {
    invoke: (channel: string, ...args: unknown[]) =>
      Promise.resolve(say({ kind: 'invoke', channel, args: structuredClone(args) })),
    on: (channel: string, listener: Listener) => {
      listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener))
      return ipcRenderer
    },
    off: (channel: string, listener: Listener) => {
      listeners.get(channel)?.delete(listener)
      return ipcRenderer
    }
  }
  const freeze = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze)
    return Object.freeze(value)
  }
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, api: unknown) =>
        Object.defineProperty(globalThis, name, { value: freeze(api), enumerable: true })
    },
    ipcRenderer,
    webUtils: { getPathForFile: (file: File) => `${pathToken}${files.push(file) - 1}/${file.name}` }
  }
  const emit = (channel: string, args: readonly unknown[]): void => {
    for (const listener of [...(listeners.get(channel) ?? [])]) listener({ sender: ipcRenderer }, ...args)
  }
  Object.defineProperty(globalThis, '__harness', { value: { emit, files } })

  // A page of Electron asks the main process before it leaves; a reload is none of its business.
  const navigation: unknown = Reflect.get(globalThis, 'navigation')
  if (navigation instanceof EventTarget) {
    navigation.addEventListener('navigate', (event) => {
      const destination: unknown = Reflect.get(event, 'destination')
      const url: unknown = typeof destination === 'object' && destination ? Reflect.get(destination, 'url') : undefined
      if (typeof url !== 'string' || Reflect.get(event, 'navigationType') === 'reload') return
      if (new URL(url).origin === location.origin) return
      event.preventDefault()
      say({ kind: 'navigate', url })
    })
  }

  const require = (id: string): typeof electron => {
    if (id === 'electron' || id === 'electron/renderer') return electron
    throw new Error(`a sandboxed preload script cannot require ${id}`)
  }
  Object.defineProperty(globalThis, '__require', { value: require })
}
