import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { addTake, bench, entered, exists, generated, storeIn } from './store-bench'
import { testTake, writeTake } from './testing'

describe('takes on disk', () => {
  it('goes with a film that is closed without saving', async () => {
    const each = await bench()
    await each.store.autosave(await generated(each))
    await each.store.close()
    expect(await readdir(join(each.userData, 'projects'))).toEqual([])
    expect(await storeIn(each.userData).recoverable()).toEqual([])
  })

  it('goes when a saved project is closed without saving, but for what the file references', async () => {
    const each = await bench()
    const saved = await generated(each, 'kept')
    await each.store.save(saved, join(each.folder, 'a.foley'))
    await addTake(each, saved, 'unsaved')
    await each.store.close()
    expect((await readdir(join(each.folder, 'a.takes'))).sort()).toEqual(['kept.latents', 'kept.wav'])
  })

  it('goes when the project is opened again without saving, but for what the file references', async () => {
    const each = await bench()
    const path = join(each.folder, 'a.foley')
    const saved = await generated(each, 'kept')
    await each.store.save(saved, path)
    await addTake(each, saved, 'unsaved')
    const again = await each.store.prepare(path)
    if ('missing' in again) throw new Error('the film is there')
    await each.store.close(again)
    each.store.enter(again)
    expect((await readdir(join(each.folder, 'a.takes'))).sort()).toEqual(['kept.latents', 'kept.wav'])
    expect(await exists(each.store.take('kept')!.wavPath)).toBe(true)
  })

  it('is cleaned up by what document and file reference', async () => {
    const each = await bench()
    const first = await generated(each, 'saved')
    await each.store.save(first, join(each.folder, 'a.foley'))
    const second = await addTake(each, first, 'used')
    await addTake(each, first, 'unused')
    const withoutSaved = { ...second, takes: { used: second.takes['used']! } }
    await writeFile(join(each.folder, 'a.takes', 'mine.wav'), 'the editor put it there')
    const report = await each.store.cleanUp(withoutSaved)
    expect(report.removed).toBe(1)
    expect(report.bytes).toBeGreaterThan(3000)
    const names = (await readdir(join(each.folder, 'a.takes'))).sort()
    expect(names).toEqual(['mine.wav', 'saved.latents', 'saved.wav', 'used.latents', 'used.wav'])
    expect(each.store.take('unused')).toBeUndefined()
  })

  it('follows a save that happened while a job was writing', async () => {
    const each = await bench()
    const { document } = await entered(each, each.film)
    const [before] = each.store.current.takesFolders
    await each.store.save(document, join(each.folder, 'a.foley'))
    await writeTake(before, 'late', 100)
    await each.store.adopt([testTake('late')])
    expect(await exists(each.store.take('late')!.wavPath)).toBe(true)
    expect(each.store.take('late')!.wavPath).toContain('a.takes')
  })

  it('follows a save that is under way when a job ends', async () => {
    const each = await bench()
    const document = await generated(each)
    await writeTake(each.store.current.takesFolders[0], 'late', 1000)
    await Promise.all([each.store.save(document, join(each.folder, 'a')), each.store.adopt([testTake('late')])])
    expect(await readdir(join(each.folder, 'a.takes'))).toContain('late.wav')
  })

  it('sweeps working folders that nothing refers to', async () => {
    const each = await bench()
    await writeTake(join(each.userData, 'projects', 'gone', 'takes'), 't1', 10)
    await each.store.sweep()
    expect(await readdir(join(each.userData, 'projects'))).toEqual([])
    await rm(each.folder, { recursive: true })
  })
})
