/** Takes on disk: `<id>.wav` and `<id>.latents` in one folder. They are never changed, only copied and removed. */
import { lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { copyInto, withErrnoAsFoley } from '../media/output'

const TAKE_FILE = /^([A-Za-z0-9_-]{1,64})\.(?:wav|latents)$/

export interface TakeFile {
  readonly takeId: string
  readonly name: string
  readonly bytes: number
}

/** Regular files only: a link in somebody else's project could lead anywhere. A folder that is not there is empty. */
export async function takeFilesIn(folder: string): Promise<TakeFile[]> {
  const names = await readdir(folder).catch(() => [])
  const files: TakeFile[] = []
  for (const name of names) {
    const takeId = TAKE_FILE.exec(name)?.[1]
    const stats = takeId === undefined ? undefined : await lstat(join(folder, name)).catch(() => undefined)
    if (takeId !== undefined && stats?.isFile() === true) files.push({ takeId, name, bytes: stats.size })
  }
  return files
}

/** Takes that can be heard: those with a WAV. */
export async function takesIn(folder: string): Promise<ReadonlySet<string>> {
  const files = await takeFilesIn(folder)
  return new Set(files.filter(({ name }) => name.endsWith('.wav')).map(({ takeId }) => takeId))
}

/**
 * Copies what `to` does not have yet; `wanted` chooses. Takes never change, so the same name and size are the same take.
 *
 * @throws FoleyError `output.*`
 */
export async function copyTakes(from: string, to: string, wanted?: ReadonlySet<string>): Promise<void> {
  const files = (await takeFilesIn(from)).filter(({ takeId }) => wanted?.has(takeId) ?? true)
  if (files.length === 0 || from === to) return
  await makeTakesFolder(to)
  const there = new Map((await takeFilesIn(to)).map(({ name, bytes }) => [name, bytes]))
  for (const { name, bytes } of files) {
    if (there.get(name) !== bytes) await copyInto(join(from, name), join(to, name))
  }
}

/**
 * One folder in a parent that is there. Not `recursive`: where nobody may write, on some file systems (/proc), Node would
 * make the parent again and again for ever.
 *
 * @throws FoleyError `output.*`
 */
export async function makeTakesFolder(path: string): Promise<void> {
  await withErrnoAsFoley(path, async () => {
    try {
      await mkdir(path)
    } catch (error) {
      const isThere = await lstat(path).catch(() => undefined)
      if (isThere?.isDirectory() !== true) throw error
    }
  })
}

/**
 * Removes takes that `isUnused` names. Counts takes, not files. A WAV without latents is none of ours: the editor's own
 * file may lie in the folder.
 */
export async function removeTakes(
  folder: string,
  isUnused: (takeId: string) => boolean
): Promise<{ removed: number; bytes: number }> {
  const there = await takeFilesIn(folder)
  const isWhole = (id: string): boolean => there.filter(({ takeId }) => takeId === id).length === 2
  const files = there.filter(({ takeId }) => isUnused(takeId) && isWhole(takeId))
  for (const { name } of files) await rm(join(folder, name), { force: true })
  return {
    removed: new Set(files.map(({ takeId }) => takeId)).size,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}
