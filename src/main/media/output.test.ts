import { link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FoleyError } from '@shared/errors'
import { describe, expect, it } from 'vitest'
import { scratch } from '../../test/clips'
import { checkOutput, copyInto, makeFolder, putInPlace, withErrnoAsFoley, withTemporary, writeInto } from './output'

async function folder(): Promise<string> {
  const path = scratch('folder')
  await mkdir(path)
  return path
}

async function input(): Promise<string> {
  const path = join(await folder(), 'film.mp4')
  await writeFile(path, 'film')
  return path
}

describe('checkOutput', () => {
  it('accepts a new file and an earlier one, and leaves nothing behind', async () => {
    const place = await folder()
    await checkOutput(await input(), join(place, 'new.mp4'))
    await writeFile(join(place, 'old.mp4'), 'old')
    await checkOutput(await input(), join(place, 'old.mp4'))
    expect(await readdir(place)).toEqual(['old.mp4'])
  })

  it('sees the input through any name', async () => {
    const film = await input()
    await symlink(film, `${film}.soft.mp4`)
    await link(film, `${film}.hard.mp4`)
    const detour = join(film, '..', '..', film.split('/').at(-2)!, 'film.mp4')
    for (const name of [film, `${film}.soft.mp4`, `${film}.hard.mp4`, detour]) {
      await expect(checkOutput(film, name)).rejects.toMatchObject({ code: 'output.same-as-input' })
    }
  })

  it.each([
    ['a folder that is not there', '/nowhere/out.mp4'],
    ['a file as a folder', `${import.meta.filename}/out.mp4`],
    // Nobody can create files there, root included.
    ['a folder where nobody may write', '/proc/out.mp4'],
    ['a folder in its place', import.meta.dirname],
    ['a device in its place', '/dev/null']
  ])('refuses %s', async (_name, target) => {
    await expect(checkOutput(await input(), target)).rejects.toMatchObject({ code: 'output.unwritable' })
  })
})

describe('withTemporary', () => {
  it('puts the file in place only when it is complete', async () => {
    const target = join(await folder(), 'out.mp4')
    await writeFile(target, 'old')
    const answer = await withTemporary(target, async (temporary) => {
      await writeFile(temporary, 'new')
      expect(await readFile(target, 'utf8')).toBe('old')
      return 7
    })
    expect(answer).toBe(7)
    expect(await readFile(target, 'utf8')).toBe('new')
    expect(await readdir(join(target, '..'))).toEqual(['out.mp4'])
  })

  it('keeps the earlier file and removes its own when the work throws', async () => {
    const target = join(await folder(), 'out.mp4')
    await writeFile(target, 'old')
    const reason = new DOMException('stop', 'AbortError')
    const work = withTemporary(target, async (temporary) => {
      await writeFile(temporary, 'half')
      throw reason
    })
    await expect(work).rejects.toBe(reason)
    expect(await readFile(target, 'utf8')).toBe('old')
    expect(await readdir(join(target, '..'))).toEqual(['out.mp4'])
  })

  it('replaces what a link points to, not the link', async () => {
    const target = join(await folder(), 'out.mp4')
    await writeFile(target, 'old')
    const alias = join(await folder(), 'alias.mp4')
    await symlink(target, alias)
    await writeInto(alias, 'new')
    expect(await readFile(target, 'utf8')).toBe('new')
    expect(await readdir(join(alias, '..'))).toEqual(['alias.mp4'])
  })

  it('takes names as long as the system takes', async () => {
    const target = join(await folder(), `${'ü'.repeat(125)}.mp4`)
    await copyInto(await input(), target)
    expect((await stat(target)).size).toBe(4)
  })
})

describe('makeFolder', () => {
  it('makes what is missing, and is content with what is there', async () => {
    const place = await folder()
    const within = join(place, 'a', 'b')
    await Promise.all([makeFolder(within), makeFolder(join(place, 'a', 'c')), makeFolder(within)])
    await makeFolder(within)
    expect((await readdir(join(place, 'a'))).sort()).toEqual(['b', 'c'])
  })

  it.each([
    ['in a file', `${import.meta.filename}/a/b`],
    ['in the place of a file', import.meta.filename],
    ['where nobody may make one', '/proc/a/b']
  ])('refuses one %s', async (_name, path) => {
    await expect(makeFolder(path)).rejects.toMatchObject({ code: 'output.unwritable' })
  })
})

describe('putInPlace', () => {
  const staged = async (...contents: readonly string[]): Promise<string[]> => {
    const place = await folder()
    return Promise.all(
      contents.map(async (content, index) => {
        await writeFile(join(place, String(index)), content)
        return join(place, String(index))
      })
    )
  }

  it('replaces earlier files and adds new ones, also through a link', async () => {
    const [place, elsewhere] = [await folder(), await folder()]
    await writeFile(join(place, 'a'), 'old a')
    await writeFile(join(elsewhere, 'b'), 'old b')
    await symlink(join(elsewhere, 'b'), join(place, 'b'))
    const [a, b, c] = await staged('new a', 'new b', 'new c')
    await putInPlace([
      { staged: a!, target: join(place, 'a') },
      { staged: b!, target: join(place, 'b') },
      { staged: c!, target: join(place, 'c') }
    ])
    expect(await readdir(place)).toEqual(['a', 'b', 'c'])
    expect(await readdir(elsewhere)).toEqual(['b'])
    expect(await readFile(join(place, 'a'), 'utf8')).toBe('new a')
    expect(await readFile(join(elsewhere, 'b'), 'utf8')).toBe('new b')
  })

  it('brings every earlier file back, and takes the new ones away, when one cannot be put in place', async () => {
    const place = await folder()
    await writeFile(join(place, 'a'), 'old a')
    // A folder that is not empty cannot be replaced by a file: the third rename fails, after two that worked.
    await mkdir(join(place, 'c', 'full'), { recursive: true })
    const [a, b, c] = await staged('new a', 'new b', 'new c')
    const moves = [
      { staged: a!, target: join(place, 'a') },
      { staged: b!, target: join(place, 'b') },
      { staged: c!, target: join(place, 'c') }
    ]
    await expect(putInPlace(moves)).rejects.toBeInstanceOf(FoleyError)
    expect(await readdir(place)).toEqual(['a', 'c'])
    expect(await readFile(join(place, 'a'), 'utf8')).toBe('old a')
    expect(await readdir(join(place, 'c'))).toEqual(['full'])
  })
})

describe('withErrnoAsFoley', () => {
  it('knows a full disk', async () => {
    const full = withErrnoAsFoley('/dev/full', () => writeFile('/dev/full', 'x'))
    await expect(full).rejects.toMatchObject({ code: 'output.disk-full' })
  })

  it('names errors that it does not know, and lets others pass', async () => {
    const odd = Object.assign(new Error('odd'), { code: 'EMFILE', syscall: 'open' })
    await expect(withErrnoAsFoley('a', () => Promise.reject(odd))).rejects.toMatchObject({ code: 'output.failed' })
    const own = new FoleyError('internal', 'a', 'b')
    await expect(withErrnoAsFoley('a', () => Promise.reject(own))).rejects.toBe(own)
  })
})
