/** What can be made again: proxies, thumbnails and waveforms, in one folder per film, named by its partial hash. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CacheReport } from '@shared/ipc'
import { withErrnoAsFoley } from '../media/output'

export class FilmCache {
  readonly folder: string

  constructor(userDataFolder: string) {
    this.folder = join(userDataFolder, 'cache')
  }

  /** The film's own folder, made when it is not there. @throws FoleyError `output.*` */
  async folderFor(partialHash: string): Promise<string> {
    const folder = join(this.folder, partialHash)
    await withErrnoAsFoley(folder, () => mkdir(folder, { recursive: true }))
    return folder
  }

  async info(): Promise<CacheReport> {
    return { bytes: await bytesBelow(this.folder), folder: this.folder }
  }

  /** All but the open film's, which the window is showing. */
  async clear(openPartialHash: string | null): Promise<CacheReport> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (name !== openPartialHash) await rm(join(this.folder, name), { recursive: true, force: true })
    }
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
