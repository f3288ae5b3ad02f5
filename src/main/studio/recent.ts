/** Films and projects that were opened or saved, the newest first. */
import { access } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { RecentItem } from '@shared/ipc'
import { readJson, writeJson } from './json-file'
import type { StudioPorts } from './ports'

const MOST = 10

const recentSchema = z.array(z.strictObject({ path: z.string().min(1), name: z.string(), openedAt: z.iso.datetime() }))

export class RecentFiles {
  readonly #path: string
  readonly #log: StudioPorts['log']

  constructor({ userDataFolder, log }: Pick<StudioPorts, 'userDataFolder' | 'log'>) {
    this.#path = join(userDataFolder, 'recent.json')
    this.#log = log
  }

  /** Those that are there now. One on a disk that is away is left out, not forgotten. */
  async list(): Promise<RecentItem[]> {
    const items = await this.#read()
    const present = await Promise.all(
      items.map(({ path }) =>
        access(path).then(
          () => true,
          () => false
        )
      )
    )
    return items.filter((_, index) => present[index])
  }

  /** A list that cannot be written is no reason to fail: the log is told. */
  async add(path: string): Promise<void> {
    const item = { path, name: basename(path), openedAt: new Date().toISOString() }
    const others = (await this.#read()).filter((each) => each.path !== path)
    try {
      await writeJson(this.#path, [item, ...others].slice(0, MOST))
    } catch (error) {
      this.#log('warn', 'the list of recent files cannot be written', error)
    }
  }

  async #read(): Promise<RecentItem[]> {
    return (await readJson(this.#path, recentSchema, this.#log)) ?? []
  }
}
