/** The system's dialogs, as sheets of the window. */
import { basename, dirname } from 'node:path'
import type { StoppableWork } from '@shared/ipc'
import { dialog, type BrowserWindow, type FileFilter } from 'electron'
import { FILM_EXTENSIONS } from '../media/containers'
import type { FileKind, StudioDialogs } from '../studio/ports'

const FILMS: FileFilter = { name: 'Films', extensions: FILM_EXTENSIONS }
const PROJECTS: FileFilter = { name: 'Foley Studio projects', extensions: ['foley'] }
const ANY: FileFilter = { name: 'All files', extensions: ['*'] }
const FILTERS: Readonly<Record<FileKind, readonly FileFilter[]>> = {
  'film-or-project': [{ name: 'Films and projects', extensions: [...FILMS.extensions, ...PROJECTS.extensions] }, ANY],
  film: [FILMS, ANY],
  project: [PROJECTS],
  export: [
    { name: 'MP4', extensions: ['mp4'] },
    { name: 'QuickTime', extensions: ['mov'] }
  ],
  wav: [{ name: 'Broadcast WAV', extensions: ['wav'] }]
}
/** A dialog cannot scroll. */
const SHOWN_NAMES = 12
const CHOICES = ['save', 'discard', 'cancel'] as const
const STILL: Readonly<Record<StoppableWork, { readonly message: string; readonly detail: string }>> = {
  export: {
    message: 'The export is still running.',
    detail: 'If you leave now it is stopped, and no film is written.'
  },
  generate: {
    message: 'Sound is still being generated.',
    detail: 'If you leave now it is stopped, and its takes are lost.'
  }
}

export function createDialogs(window: () => BrowserWindow): StudioDialogs {
  return {
    async open(kind) {
      const { canceled, filePaths } = await dialog.showOpenDialog(window(), {
        properties: ['openFile'],
        filters: [...FILTERS[kind]]
      })
      return canceled ? null : (filePaths[0] ?? null)
    },
    async save(kind, suggestedPath) {
      const { canceled, filePath } = await dialog.showSaveDialog(window(), {
        defaultPath: suggestedPath,
        filters: [...FILTERS[kind]],
        properties: ['createDirectory', 'showOverwriteConfirmation']
      })
      return canceled || filePath === '' ? null : filePath
    },
    async chooseFolder() {
      const { canceled, filePaths } = await dialog.showOpenDialog(window(), { properties: ['openDirectory'] })
      return canceled ? null : (filePaths[0] ?? null)
    },
    async confirmClose(projectName) {
      const { response } = await dialog.showMessageBox(window(), {
        type: 'warning',
        message: `Save the changes to “${projectName}”?`,
        detail: 'Your changes are lost if you don’t save them.',
        buttons: ['Save', 'Don’t Save', 'Cancel'],
        ...{ defaultId: 0, cancelId: 2, noLink: true }
      })
      return CHOICES[response] ?? 'cancel'
    },
    async confirmStop(work) {
      const { response } = await dialog.showMessageBox(window(), {
        ...{ type: 'warning', ...STILL[work] },
        buttons: ['Keep Waiting', 'Stop and Leave'],
        ...{ defaultId: 0, cancelId: 0, noLink: true }
      })
      return response === 1 ? 'stop' : 'wait'
    },
    async confirmReplace(paths) {
      const names = paths.map((path) => basename(path))
      const others = names.length - SHOWN_NAMES
      const { response } = await dialog.showMessageBox(window(), {
        type: 'warning',
        message: names.length === 1 ? `Replace “${names[0]!}”?` : `Replace ${names.length} files?`,
        detail: [
          `Already in ${dirname(paths[0] ?? '')}:`,
          ...names.slice(0, SHOWN_NAMES),
          ...(others > 0 ? [`and ${others} more`] : [])
        ].join('\n'),
        buttons: ['Replace', 'Cancel'],
        ...{ defaultId: 1, cancelId: 1, noLink: true }
      })
      return response === 0
    }
  }
}
