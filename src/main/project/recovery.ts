/** Recovery files: `recovery/<id>.json`, there from the first unsaved edit until a save or a clean close. */
import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { FoleyError } from '@shared/errors'
import type { Recoverable } from '@shared/ipc'
import type { ProjectDocument } from '@shared/project'
import { makeFolder, writeInto } from '../media/output'
import { documentFrom, invalid } from './document'

const VERSION = 1

const recoverySchema = z.strictObject({
  version: z.literal(VERSION),
  savedAt: z.iso.datetime(),
  projectPath: z.string().min(1).nullable(),
  takesFolder: z.string().min(1),
  document: z.unknown()
})

export interface Recovery {
  readonly savedAt: string
  /** Null: it was never saved. */
  readonly projectPath: string | null
  readonly takesFolder: string
  /** Its media path is absolute. */
  readonly document: ProjectDocument
}

export class RecoveryFiles {
  constructor(readonly folder: string) {}

  pathOf(id: string): string {
    return join(this.folder, `${id}.json`)
  }

  async write(recovery: Recovery): Promise<void> {
    const path = this.pathOf(recovery.document.id)
    await makeFolder(this.folder)
    await writeInto(path, JSON.stringify({ version: VERSION, ...recovery }))
  }

  /** @throws FoleyError `request.invalid` when there is none, `project.*` when it cannot be used */
  async read(id: string): Promise<Recovery> {
    const path = this.pathOf(id)
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text === undefined) {
      throw new FoleyError(
        'request.invalid',
        `There is nothing to recover under ${id}.`,
        'It was recovered or thrown away before; choose another.'
      )
    }
    return parse(text, path)
  }

  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true })
  }

  /** Newest first. A file that cannot be used is left where it is and not listed. */
  async list(): Promise<Recoverable[]> {
    const found: Recoverable[] = []
    for (const id of await this.ids()) {
      const recovery = await this.read(id).catch(() => undefined)
      if (recovery) found.push({ id, name: nameOf(recovery), savedAt: recovery.savedAt })
    }
    return found.sort((a, b) => b.savedAt.localeCompare(a.savedAt))
  }

  async ids(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => [])
    return names.flatMap((name) => /^([A-Za-z0-9_-]{1,64})\.json$/.exec(name)?.[1] ?? [])
  }
}

function parse(text: string, path: string): Recovery {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw invalid(path, 'it is not JSON', error)
  }
  const parsed = recoverySchema.safeParse(json)
  if (!parsed.success) throw invalid(path, 'it is not a recovery file of this version', parsed.error)
  const { savedAt, projectPath, takesFolder, document } = parsed.data
  return { savedAt, projectPath, takesFolder, document: documentFrom(document, path) }
}

const nameOf = ({ projectPath, document }: Recovery): string => basename(projectPath ?? document.media.path)
