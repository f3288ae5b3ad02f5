import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FoleyError } from '@shared/errors'
import { findTools } from '../main/media/tools'
import { scratch, silentFilm } from '../test/clips'
import { outputNames, runBatch } from './batch'

describe('outputNames', () => {
  it('is the film without its extension', () => {
    expect(outputNames(['a.mp4', 'b.c.mov'])).toEqual(['a', 'b.c'])
  })

  it('is all of it where two films would share one, whatever the case, so that none is lost', () => {
    expect(outputNames(['a.mp4', 'A.mov', 'b.mov'])).toEqual(['a.mp4', 'A.mov', 'b'])
    const names = outputNames(['a.mp4', 'a.mov', 'a.mp4.mov'])
    expect(new Set(names).size).toBe(3)
  })
})

describe('runBatch', () => {
  it.each(['/proc/foley', '/proc/foley/films'])('ends where its folder cannot be made: %s', async (output) => {
    const folder = scratch('films')
    await mkdir(folder)
    for (const name of ['film.mp4', 'manifest.json']) await writeFile(join(folder, name), '')
    const settings = { seed: 1, original: 'replace', gainDb: 0, model: folder, provider: 'cpu' } as const
    const unused = (): never => {
      throw new Error('no film is begun')
    }
    const run = runBatch(folder, { ...settings, output }, { media: unused, openEngine: unused })
    await expect(run).rejects.toMatchObject({
      code: 'output.unwritable',
      message: expect.stringContaining(output)
    })
    expect((await readdir(folder)).sort()).toEqual(['film.mp4', 'manifest.json'])
  })

  it('takes films of all names but hidden ones, and ends at the first where the pack cannot serve any', async () => {
    const folder = scratch('footage')
    await mkdir(folder)
    for (const name of ['a.mp4', 'b.M2TS']) await copyFile(await silentFilm(), join(folder, name))
    for (const name of ['._a.mp4', 'notes.txt', 'manifest.json']) await writeFile(join(folder, name), 'no film')
    const begun: [string, number][] = []
    const run = runBatch(
      folder,
      { seed: 1, original: 'replace', gainDb: 0, model: folder, provider: 'cpu', output: join(folder, 'out') },
      {
        media: findTools,
        openEngine: () => Promise.reject(new FoleyError('pack.hash', 'A graph was changed.', 'Copy the pack again.'))
      },
      { onFilm: (film, _index, count) => begun.push([film, count]) }
    )
    await expect(run).rejects.toMatchObject({ code: 'pack.hash' })
    expect(begun).toEqual([['a.mp4', 2]])
  })
})
