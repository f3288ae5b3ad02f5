import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratch } from '../../test/clips'
import { draggedFolder } from '../jobs/drag'
import { FilmCache } from './cache'
import { studioIn } from './testing'

async function userDataWith(...dragged: readonly { readonly name: string; readonly days: number }[]): Promise<string> {
  const folder = scratch('data')
  for (const { name, days } of dragged) {
    const within = join(draggedFolder(folder), name)
    await mkdir(within, { recursive: true })
    await writeFile(join(within, 'Feet.wav'), 'x'.repeat(1000))
    const then = new Date(Date.now() - days * 24 * 3600 * 1000)
    await utimes(within, then, then)
  }
  return folder
}

describe('what was dragged out of the window', () => {
  it('goes at a start when it is old, and not before', async () => {
    const folder = scratch('studio')
    await mkdir(folder)
    const old = await userDataWith({ name: 'old', days: 31 }, { name: 'recent', days: 29 })
    const studio = await studioIn(folder, old)
    expect(await readdir(draggedFolder(old))).toEqual(['recent'])
    await studio.dispose()
  })

  it('counts in the size of the cache and goes when that is cleared', async () => {
    const folder = await userDataWith({ name: 'a', days: 0 }, { name: 'b', days: 0 })
    const cache = new FilmCache(folder)
    await cache.folderFor('open')
    await writeFile(join(await cache.folderFor('other'), 'proxy.mp4'), 'x'.repeat(500))
    expect((await cache.info()).bytes).toBe(2500)
    expect((await cache.clear('open')).bytes).toBe(0)
    expect((await readdir(folder)).sort()).toEqual(['cache'])
    expect(await readdir(cache.folder)).toEqual(['open'])
  })
})
