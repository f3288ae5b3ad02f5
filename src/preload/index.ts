/** The bridge between the page and the main process, and nothing else: names only, no schemas, no logic. */
import { EVENT_CHANNEL, REQUEST_CHANNEL, type FoleyBridge } from '@shared/ipc'
import { contextBridge, ipcRenderer, webUtils, type IpcRendererEvent } from 'electron'

const bridge: FoleyBridge = {
  request: (name, payload) => ipcRenderer.invoke(REQUEST_CHANNEL, name, payload),
  on: (name, listener) => {
    const hear = (_event: IpcRendererEvent, heard: unknown, event: Parameters<typeof listener>[0]): void => {
      if (heard === name) listener(event)
    }
    ipcRenderer.on(EVENT_CHANNEL, hear)
    return () => void ipcRenderer.off(EVENT_CHANNEL, hear)
  },
  pathOf: (file) => webUtils.getPathForFile(file)
}

contextBridge.exposeInMainWorld('foley', bridge)
