import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { addTake, bench, entered, exists, generated, ready, storeIn } from './store-bench'

describe('save and open', () => {
  it('puts the takes beside the project and gives the same timeline again', async () => {
    const each = await bench()
    const document = await generated(each)
    const path = await each.store.save(document, join(each.folder, 'Scene 1'))
    expect(path).toBe(join(each.folder, 'Scene 1.foley'))
    expect(await readdir(join(each.folder, 'Scene 1.takes'))).toEqual(['t1.latents', 't1.wav'])
    expect(await readFile(path, 'utf8')).toContain('"path": "films/Straße.mp4"')

    const again = await entered({ ...each, store: storeIn(clips.scratch('other-data')) }, path)
    expect(again).toMatchObject({ document, dirty: false, warnings: [], path })
  })

  it('finds the film where the project was moved together with it', async () => {
    const each = await bench()
    const path = await each.store.save(await generated(each), join(each.folder, 'a.foley'))
    await each.store.close()
    const moved = `${each.folder}-moved`
    await rename(each.folder, moved)
    expect(ready(await each.store.prepare(path.replace(each.folder, moved))).film.path).toContain('-moved')
    // Or into one folder with it, though the path says otherwise.
    await rename(join(moved, 'films', 'Straße.mp4'), join(moved, 'Straße.mp4'))
    expect(ready(await each.store.prepare(path.replace(each.folder, moved)))).toMatchObject({ dirty: true })
  })

  it('keeps the earlier project when the new one cannot be written', async () => {
    const each = await bench()
    const document = await generated(each)
    const path = await each.store.save(document, join(each.folder, 'a.foley'))
    const before = await readFile(path, 'utf8')
    await expect(each.store.save(document, '/proc/a.foley')).rejects.toMatchObject({ code: 'project.unwritable' })
    await expect(each.store.save({ ...document, id: 'other' }, path)).rejects.toMatchObject({ code: 'request.invalid' })
    expect(await readFile(path, 'utf8')).toBe(before)
    expect(each.store.current.path).toBe(path)
  })

  it('save as leaves the first project whole', async () => {
    const each = await bench()
    const first = await each.store.save(await generated(each), join(each.folder, 'a.foley'))
    const document = await addTake(each, ready(await each.store.prepare(first)).document, 't2')
    const second = await each.store.save(document, join(each.folder, 'sub.foley'))
    expect(each.store.current.takesFolders[0]).toBe(join(each.folder, 'sub.takes'))
    await each.store.close()
    expect(ready(await each.store.prepare(first)).warnings).toEqual([])
    expect(ready(await each.store.prepare(second)).warnings).toEqual([])
    // What A never referenced is not left in its folder, unless B needs it there too.
    expect(await readdir(join(each.folder, 'sub.takes'))).toContain('t2.wav')
  })

  it('refuses a newer version and leaves it as it is', async () => {
    const each = await bench()
    const path = join(each.folder, 'new.foley')
    await writeFile(path, '{"format":"foley-project","version":9}')
    await expect(each.store.prepare(path)).rejects.toMatchObject({ code: 'project.version' })
    expect(await readFile(path, 'utf8')).toBe('{"format":"foley-project","version":9}')
  })

  it('tells of takes that are gone, and does not follow links', async () => {
    const each = await bench()
    const path = await each.store.save(await generated(each), join(each.folder, 'a.foley'))
    await each.store.close()
    const wav = join(each.folder, 'a.takes', 't1.wav')
    await rename(wav, join(each.folder, 'elsewhere.wav'))
    await symlink(join(each.folder, 'elsewhere.wav'), wav)
    const opened = ready(await each.store.prepare(path))
    expect(opened.document.tracks[0]?.regions).toEqual([])
    expect(opened.warnings.join()).toContain('1 take of this project is not in')
    expect(opened.warnings.join()).toContain('1 region had no other take')
  })
})

describe('relink', () => {
  it('asks for a film that is gone and takes only the same one', async () => {
    const each = await bench()
    const document = await generated(each)
    const path = await each.store.save(document, join(each.folder, 'a.foley'))
    await each.store.close()
    const elsewhere = clips.scratch('moved.mp4')
    await rename(each.film, elsewhere)

    const missing = await each.store.prepare(path)
    expect(missing).toMatchObject({ missing: { path: 'films/Straße.mp4' }, projectPath: path })
    const other = each.store.prepareRelinked(path, await clips.silentFilm())
    await expect(other).rejects.toMatchObject({ code: 'project.media-other' })
    const absent = each.store.prepareRelinked(path, '/nowhere.mp4')
    await expect(absent).rejects.toMatchObject({ code: 'project.media-missing' })

    const found = ready(await each.store.prepareRelinked(path, elsewhere))
    expect(found).toMatchObject({ dirty: true, film: { path: elsewhere } })
    expect(found.document.tracks).toEqual(document.tracks)
  })
})

describe('autosave and recovery', () => {
  it('brings back what a crash interrupted, with its takes', async () => {
    const each = await bench()
    const document = await generated(each)
    await each.store.autosave(document)
    expect(await each.store.recoverable()).toEqual([])

    const next = storeIn(each.userData)
    await next.sweep()
    const found = await next.recoverable()
    expect(found).toMatchObject([{ id: document.id, name: 'Straße.mp4' }])
    const recovered = ready(await next.prepareRecovered(document.id))
    expect(recovered).toMatchObject({ document, path: null, dirty: true, warnings: [] })
    next.enter(recovered)
    await next.save(document, join(each.folder, 'a.foley'))
    expect(await storeIn(each.userData).recoverable()).toEqual([])
    await next.close()
    expect(await readdir(join(each.userData, 'projects'))).toEqual([])
    expect(await exists(join(each.folder, 'a.takes', 't1.wav'))).toBe(true)
  })

  it('recovers though the film is gone, once it is shown where it is', async () => {
    const each = await bench()
    const document = await generated(each)
    await each.store.autosave(document)
    const elsewhere = clips.scratch('moved.mp4')
    await rename(each.film, elsewhere)
    const next = storeIn(each.userData)
    const missing = await next.prepareRecovered(document.id)
    if (!('missing' in missing)) throw new Error('should be missing')
    const found = ready(await next.prepareRelinked(missing.projectPath, elsewhere))
    expect(found.document.takes).toEqual(document.takes)
  })

  it('opens a project with the unsaved work of a crash', async () => {
    const each = await bench()
    const saved = await generated(each)
    const path = await each.store.save(saved, join(each.folder, 'a.foley'))
    const edited = { ...saved, original: { ...saved.original, muted: true } }
    await each.store.autosave(edited)
    const next = storeIn(each.userData)
    const opened = ready(await next.prepare(path))
    expect(opened).toMatchObject({ document: edited, dirty: true })
    expect(opened.warnings.join()).toContain('not saved')
    next.enter(opened)
    await next.close()
    expect(ready(await next.prepare(path))).toMatchObject({ document: saved, dirty: false })
  })

  it('opens no other version of a project whose unsaved work that would replace', async () => {
    const each = await bench()
    const saved = await generated(each)
    await each.store.save(saved, join(each.folder, 'second.foley'))
    const first = await each.store.save(saved, join(each.folder, 'first.foley'))
    await each.store.autosave({ ...saved, original: { ...saved.original, muted: true } })
    const next = storeIn(each.userData)
    await expect(next.prepare(join(each.folder, 'second.foley'))).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringContaining('another version of first.foley')
    })
    expect(ready(await next.prepare(first))).toMatchObject({ dirty: true })
    await next.forget(saved.id)
    expect(ready(await next.prepare(join(each.folder, 'second.foley')))).toMatchObject({ dirty: false })
  })

  it('leaves nothing for what is saved or was never edited', async () => {
    const each = await bench()
    const { document } = await entered(each, each.film)
    await each.store.autosave(document)
    const edited = await addTake(each, document, 't1')
    await each.store.save(edited, join(each.folder, 'a.foley'))
    // The window's timer may fire after a save, or after another film was opened.
    await each.store.autosave(edited)
    await each.store.autosave({ ...edited, id: 'gone' })
    expect(await storeIn(each.userData).recoverable()).toEqual([])
  })

  it('throws away what is not wanted, and only that', async () => {
    const each = await bench()
    const saved = await generated(each, 'kept')
    const path = await each.store.save(saved, join(each.folder, 'a.foley'))
    await each.store.autosave(await addTake(each, saved, 'unsaved'))
    const next = storeIn(each.userData)
    await next.forget(saved.id)
    expect(await next.recoverable()).toEqual([])
    expect((await readdir(join(each.folder, 'a.takes'))).sort()).toEqual(['kept.latents', 'kept.wav'])
    expect(ready(await next.prepare(path)).document).toEqual(saved)
  })

  it('ignores a broken recovery file', async () => {
    const each = await bench()
    await mkdir(join(each.userData, 'recovery'), { recursive: true })
    await writeFile(join(each.userData, 'recovery', 'x.json'), '{"version":1')
    expect(await each.store.recoverable()).toEqual([])
    await expect(each.store.prepareRecovered('x')).rejects.toMatchObject({ code: 'project.invalid' })
    await expect(each.store.prepareRecovered('y')).rejects.toMatchObject({ code: 'request.invalid' })
  })
})
