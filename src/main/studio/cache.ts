/**
 * What can be made again: proxies, thumbnails and waveforms, in one folder per film, named by its partial hash; and, beside
 * them, what was dragged out of the window. Other programs may go on reading a dragged file, so it is kept for a while.
 */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CacheReport } from '@shared/ipc'
import { draggedFolder } from '../jobs/drag'
import { makeFolder } from '../media/output'

const DRAGGED_DAYS = 30
const DAY_MS = 24 * 3600 * 1000

export class FilmCache {
  readonly folder: string
  readonly #dragged: string

  constructor(userDataFolder: string) {
    this.folder = join(userDataFolder, 'cache')
    this.#dragged = draggedFolder(userDataFolder)
  }

  /** Removes what was last dragged out of the window long ago. */
  async sweep(): Promise<void> {
    const oldest = Date.now() - DRAGGED_DAYS * DAY_MS
    for (const name of await readdir(this.#dragged).catch(() => [])) {
      const each = join(this.#dragged, name)
      const stats = await stat(each).catch(() => undefined)
      if (stats && stats.mtimeMs < oldest) await remove(each)
    }
  }

  /** The film's own folder, made when it is not there. @throws FoleyError `output.*` */
  async folderFor(partialHash: string): Promise<string> {
    const folder = join(this.folder, partialHash)
    await makeFolder(folder)
    return folder
  }

  async info(): Promise<CacheReport> {
    return { bytes: (await bytesBelow(this.folder)) + (await bytesBelow(this.#dragged)), folder: this.folder }
  }

  /** All but the open film's, which the window is showing. What another program holds open stays. */
  async clear(openPartialHash: string | null): Promise<CacheReport> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (name !== openPartialHash) await remove(join(this.folder, name))
    }
    await remove(this.#dragged)
    return this.info()
  }
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])
  let bytes = 0
  for (const entry of entries) {
    // Files come and go while thumbnails are made.
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0
  }
  return bytes
}

/** What cannot be removed now is removed another time: the report says what is left. */
const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true }).catch(() => undefined)
