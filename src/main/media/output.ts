/** Files that we write: checked before the work, written beside their target, and put in place in one step. */
import { randomBytes } from 'node:crypto'
import { constants, type BigIntStats } from 'node:fs'
import { copyFile, type FileHandle, link, mkdir, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FoleyError } from '@shared/errors'

/**
 * Finds out before minutes of work whether `target` can be written and is not the input under another name.
 *
 * @throws FoleyError `output.unwritable`, `output.same-as-input`, `output.disk-full`
 */
export async function checkOutput(inputPath: string, target: string): Promise<void> {
  const existing = await statOf(target)
  if (existing && !existing.isFile()) throw unwritable(target, 'something that is not a file stands there')
  const input = await statOf(inputPath)
  // Device and inode see through links, relative paths and file systems that ignore case.
  if (existing && input && existing.dev === input.dev && existing.ino === input.ino) {
    throw new FoleyError(
      'output.same-as-input',
      `${target} is the input itself.`,
      'Choose another name for the output; the original is never overwritten.'
    )
  }
  await withErrnoAsFoley(target, async () => {
    const trial = await temporaryBeside(target)
    // Asking for permission tells little (Windows, network shares): only a file that was written was writable.
    await (await open(trial, 'wx')).close()
    await rm(trial, { force: true })
  })
}

/**
 * Gives `write` a hidden path in the target's folder, then makes that file durable and renames it over the target. When
 * `write` throws, or is aborted, the hidden file goes and the target stays as it was.
 */
export async function withTemporary<T>(target: string, write: (temporaryPath: string) => Promise<T>): Promise<T> {
  return withErrnoAsFoley(target, async () => {
    const place = await followLinks(target)
    const temporary = await temporaryBeside(target)
    try {
      const result = await write(temporary)
      await flush(temporary, 'r+')
      await rename(temporary, place)
      // The rename itself lives in the folder. Windows cannot open folders and needs no such thing.
      await flush(dirname(place), 'r').catch(() => undefined)
      return result
    } finally {
      await rm(temporary, { force: true })
    }
  })
}

export async function copyInto(source: string, target: string): Promise<void> {
  await withTemporary(target, (temporary) => copyFile(source, temporary, constants.COPYFILE_FICLONE))
}

/** A new file that begins with `head`; closed again where that cannot be written. */
export async function createFile(path: string, head: Uint8Array): Promise<FileHandle> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(head)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

export async function writeInto(target: string, content: string | Uint8Array): Promise<void> {
  await withTemporary(target, (temporary) => writeFile(temporary, content))
}

/**
 * Makes a folder and all that leads to it, one by one: told to do it in one go, Node never returns where a folder takes no
 * other (/proc).
 *
 * @throws FoleyError `output.*`
 */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = []
  for (let path = resolve(folder); path !== dirname(path) && !(await isFolder(path)); path = dirname(path)) {
    missing.unshift(path)
  }
  await withErrnoAsFoley(folder, async () => {
    for (const path of missing) await makeOne(path, folder)
  })
}

async function makeOne(path: string, target: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    // Another program may have made it meanwhile.
    if (await isFolder(path)) return
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw isMissing ? unwritable(target, `no folder can be made in ${dirname(path)}`, error) : error
  }
}

/** A finished file, and where it belongs. */
export interface Move {
  readonly staged: string
  readonly target: string
}

/** Writes a small file where it waits to be put in place. @throws FoleyError `output.*`, which names the target */
export async function writeStaged({ staged, target }: Move, content: string): Promise<void> {
  await withErrnoAsFoley(target, () => writeFile(staged, content))
}

interface Placed {
  readonly target: string
  /** What the target's links lead to. */
  readonly place: string
  /** The new file, in the folder of its place. */
  readonly ready: string
  /** The earlier file under another name there. */
  readonly earlier: string
}

/**
 * Puts several files in place, all or none: when one cannot be, the earlier files come back and the new ones go. No target
 * is ever missing on the way, where the disk knows hard links.
 *
 * @throws FoleyError `output.*`; the reason of a signal that is aborted before anything is touched
 */
export async function putInPlace(moves: readonly Move[], signal?: AbortSignal): Promise<void> {
  const placed: Placed[] = []
  try {
    // What may take long or need room comes before anything is touched.
    for (const { staged, target } of moves) {
      const place = await followLinks(target)
      const [ready, earlier] = [await temporaryBeside(target), await temporaryBeside(target)]
      placed.push({ target, place, ready, earlier })
      await withErrnoAsFoley(target, async () => {
        await rename(staged, ready).catch(() => copyFile(staged, ready))
        await flush(ready, 'r+')
      })
    }
    signal?.throwIfAborted()
    await replaceAll(placed)
  } finally {
    for (const { ready } of placed) await rm(ready, { force: true })
  }
}

async function replaceAll(placed: readonly Placed[]): Promise<void> {
  const kept: Placed[] = []
  const replaced: Placed[] = []
  try {
    for (const each of placed) {
      await withErrnoAsFoley(each.target, async () => {
        if (await keepEarlier(each)) kept.push(each)
        await rename(each.ready, each.place)
        replaced.push(each)
      })
    }
  } catch (error) {
    for (const each of replaced) if (!kept.includes(each)) await rm(each.place, { force: true })
    for (const each of kept) await bringBack(each, error)
    throw error
  }
  for (const { earlier } of kept) await rm(earlier, { force: true })
  // Windows cannot open folders and needs no such thing.
  for (const folder of new Set(placed.map(({ place }) => dirname(place))))
    await flush(folder, 'r').catch(() => undefined)
}

/** Whether there was an earlier file. */
async function keepEarlier({ target, place, earlier }: Placed): Promise<boolean> {
  const standing = await statOf(place)
  if (!standing) return false
  if (!standing.isFile()) throw unwritable(target, 'something that is not a file stands there')
  await link(place, earlier).catch(() => rename(place, earlier))
  return true
}

async function bringBack({ target, place, earlier }: Placed, cause: unknown): Promise<void> {
  try {
    await rename(earlier, place)
    // Two links to one file: renaming one over the other does nothing, and leaves both.
    await rm(earlier, { force: true })
  } catch {
    throw new FoleyError(
      'output.failed',
      `The earlier ${target} could not be put back; it is now called ${earlier}.`,
      'Rename it yourself, and export to another folder.',
      { cause }
    )
  }
}

/** More than a program's buffer: what a full disk refused it, it refuses us. */
const TRIAL_BYTES = 1 << 20

/** ffmpeg does not tell a full disk from any other failure, so we ask the disk of `path`; an error names `target`. */
export async function assertDiskHasRoom(path: string, target = path): Promise<void> {
  await withErrnoAsFoley(target, async () => {
    const trial = await temporaryBeside(path)
    try {
      await writeFile(trial, Buffer.alloc(TRIAL_BYTES), { flush: true })
    } finally {
      await rm(trial, { force: true })
    }
  })
}

/** Runs `work` on files and turns what the system refuses into an error for the person who asked for `target`. */
export async function withErrnoAsFoley<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw outputError(error, target)
  }
}

function outputError(error: unknown, target: string): unknown {
  const errno = error instanceof Error && 'code' in error && 'syscall' in error ? error.code : undefined
  switch (errno) {
    case undefined:
      return error
    case 'ENOSPC':
    case 'EDQUOT':
      return new FoleyError(
        'output.disk-full',
        `There is no room left to write ${target}.`,
        'Free some space on that disk or choose another one; nothing was left behind.',
        { cause: error }
      )
    case 'ENOENT':
    case 'ENOTDIR':
      return unwritable(target, `the folder ${dirname(resolve(target))} does not exist`, error)
    case 'EEXIST':
      return unwritable(target, 'something that is not a folder stands there', error)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'EISDIR':
    case 'EBUSY':
    case 'ELOOP':
      return unwritable(target, 'writing there is not allowed', error)
    default:
      return new FoleyError(
        'output.failed',
        `${target} could not be written (${String(errno)}).`,
        'Try again, or choose another place.',
        { cause: error }
      )
  }
}

const unwritable = (target: string, why: string, cause?: unknown): FoleyError =>
  new FoleyError('output.unwritable', `${target} cannot be written: ${why}.`, 'Choose another place for the output.', {
    cause
  })

/** A link stays a link: what it points to is replaced. */
const followLinks = async (path: string): Promise<string> => realpath(path).catch(() => resolve(path))

/** Same folder, so that renaming never crosses disks; short, so that a long name does not become too long. */
async function temporaryBeside(target: string): Promise<string> {
  const place = await followLinks(target)
  if (basename(place) === '') throw unwritable(target, 'it is not a file name')
  return join(dirname(place), `.foley-${randomBytes(6).toString('hex')}.part`)
}

async function flush(path: string, flags: 'r' | 'r+'): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

const isFolder = async (path: string): Promise<boolean> => (await statOf(path))?.isDirectory() ?? false

async function statOf(path: string): Promise<BigIntStats | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined)
}
