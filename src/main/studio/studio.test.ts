import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { OpenedProject } from '@shared/ipc'
import { REQUEST_SCHEMAS } from '@shared/ipc-schemas'
import { DEFAULT_SETTINGS } from '@shared/settings'
import { describe, expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { FIXTURE_PACK } from '../engine/testing'
import { testRegion, withRegions } from '../project/testing'
import { DRAGGED_WAV, filmIn, generateJob, open, studioIn } from './testing'

describe('opening', () => {
  it('makes a project of a film, with the defaults of the pack', async () => {
    const { ask, get, seen, folder } = await studioIn()
    const path = await filmIn(folder)
    const opened = open(await ask['project:open']({ path }))
    expect(opened).toMatchObject({ path: null, dirty: false, film: { name: 'film.mp4', warnings: [] } })
    const manifest = JSON.parse(await readFile('resources/models/hits/manifest.json', 'utf8')) as { defaults: object }
    const { guidance, steps, solver, syncMode } = opened.document.settings
    expect(manifest.defaults).toMatchObject({ guidance, steps, solver, syncMode })
    // What the window sends back passes the border.
    expect(REQUEST_SCHEMAS['project:autosave'].safeParse({ document: opened.document }).success).toBe(true)

    expect(await get(opened.film.url!)).toEqual({ kind: 'file', path, type: 'video/mp4' })
    expect(await get(`${opened.film.thumbnails.base}2.jpg`)).toMatchObject({ kind: 'file', type: 'image/jpeg' })
    for (const nothing of ['media/film.mp4', 'media/../film.mp4', 'thumbs/x/0.jpg', 'takes/x/pcm?from=0&to=9', '']) {
      expect(await get(nothing)).toBeNull()
    }
    expect(await ask['app:info'](undefined)).toMatchObject({ recent: [{ path, name: 'film.mp4' }], version: '1.2.3' })
    expect(seen.logged).toEqual([])
  })

  it('answers null to a cancelled dialog, and keeps what is open when another cannot be opened', async () => {
    const { ask, get, seen, folder } = await studioIn()
    expect(await ask['project:open']({})).toBeNull()
    expect(seen.calls).not.toContain('warm up')
    const opened = open(await ask['project:open']({ path: await filmIn(folder) }))
    expect(seen.calls[0]).toBe('warm up')
    for (const path of [await clips.textFile(), await clips.audioOnly(), '/nowhere.mp4', '/nowhere.foley']) {
      await expect(ask['project:open']({ path })).rejects.toMatchObject({ name: 'FoleyError' })
    }
    expect(await get(opened.film.url!)).not.toBeNull()
    await ask['project:autosave']({ document: opened.document })
  })
})

describe('takes', () => {
  it('are generated, drawn, heard, saved and found again', async () => {
    const { ask, get, folder, seen } = await studioIn()
    const { document } = open(await ask['project:open']({ path: await filmIn(folder) }))
    const { takes } = await ask['job:generate'](generateJob(3))
    const peaks = await ask['sound:peaks']({ source: { kind: 'take', takeId: 'take-3' } })
    expect(peaks.levels[0]!.length).toBe(2 * Math.ceil(1000 / 64))

    const pcm = await get('takes/take-3/pcm?from=998&to=1003')
    if (pcm?.kind !== 'bytes') throw new Error('no bytes')
    const samples = new Float32Array(pcm.bytes.buffer)
    expect([...samples].map((value) => Math.round(value * 2 ** 20))).toEqual([0, 0, 0, 1, 2])
    for (const query of ['', '?from=0', '?from=5&to=5', '?from=-1&to=5', '?from=0&to=1440001', '?from=a&to=b']) {
      expect(await get(`takes/take-3/pcm${query}`)).toBeNull()
    }

    const edited = withRegions(document, takes, [testRegion(['take-3'], 1000, 2000)])
    expect(await ask['project:save']({ document: edited, as: false })).toBeNull()
    seen.answers.save = join(folder, 'Scene.foley')
    expect(await ask['project:save']({ document: edited, as: false })).toEqual({ path: seen.answers.save })
    expect(seen.calls).toContain(`save project ${join(folder, 'film.foley')}`)
    await ask['project:close'](undefined)
    expect(await get('takes/take-3/pcm?from=0&to=5')).toBeNull()
    const again = open(await ask['project:open']({ path: seen.answers.save }))
    expect(again).toMatchObject({ document: edited, path: seen.answers.save, dirty: false })
    expect(await get('takes/take-3/pcm?from=0&to=5')).not.toBeNull()
    expect(await ask['app:info'](undefined)).toMatchObject({ recent: [{ name: 'Scene.foley' }, { name: 'film.mp4' }] })
  })

  it('come back after a crash', async () => {
    const first = await studioIn()
    const { document } = open(await first.ask['project:open']({ path: await filmIn(first.folder) }))
    const { takes } = await first.ask['job:generate'](generateJob(3))
    const edited = withRegions(document, takes, [testRegion(['take-3'], 1000, 2000)])
    await first.ask['project:autosave']({ document: edited })
    await first.dispose()

    const second = await studioIn(first.folder)
    const { recoverable } = await second.ask['app:info'](undefined)
    expect(recoverable).toMatchObject([{ name: 'film.mp4' }])
    const recovered = open(await second.ask['project:recover']({ id: recoverable[0]!.id, restore: true }))
    expect(recovered).toMatchObject({ document: edited, dirty: true })
    expect(await second.get('takes/take-3/pcm?from=0&to=5')).not.toBeNull()
    await second.ask['project:close'](undefined)
    expect(await second.ask['app:info'](undefined)).toMatchObject({ recoverable: [] })
    expect(await readdir(join(first.folder, 'data', 'projects'))).toEqual([])
  })
})

it('offers unsaved work again when the window lost its page, with its takes', async () => {
  const studio = await studioIn()
  const { ask, seen, folder } = studio
  const { document } = open(await ask['project:open']({ path: await filmIn(folder) }))
  const { takes } = await ask['job:generate'](generateJob(1))
  const edited = withRegions(document, [...takes], [testRegion([takes[0]!.id], 1000, 2000)])
  await ask['project:autosave']({ document: edited })
  await studio.abandon()
  expect(seen.calls.at(-1)).toBe('cancelAll')
  const { recoverable } = await ask['app:info'](undefined)
  expect(recoverable).toMatchObject([{ id: document.id, name: 'film.mp4' }])
  // Opening something else must not throw it away.
  await ask['project:open']({ path: await filmIn(folder, clips.plainFilm, 'other.mp4') })
  const again = open(await ask['project:recover']({ id: document.id, restore: true }))
  expect(again).toMatchObject({ dirty: true, document: { tracks: edited.tracks }, film: { warnings: [] } })
})

it('opens one after the other what is opened at once', async () => {
  const { ask, get, folder } = await studioIn()
  const answered: OpenedProject[] = []
  const paths = [await filmIn(folder), await filmIn(folder, clips.silentFilm, 'second.mp4')]
  await Promise.all(paths.map(async (path) => answered.push(open(await ask['project:open']({ path })))))
  const served = await Promise.all(answered.map(({ film }) => get(film.url!)))
  expect(served).toMatchObject([null, { kind: 'file' }])
  expect((await ask['app:info'](undefined)).recent).toHaveLength(2)
})

describe('export and showing', () => {
  it('asks once before it replaces what the save dialog did not name', async () => {
    const { ask, seen, folder } = await studioIn()
    const { document } = open(await ask['project:open']({ path: await filmIn(folder) }))
    const [target, csv] = [join(folder, 'out.mp4'), join(folder, 'out.csv')]
    const request = { jobId: 'j', document: { ...document, exports: { ...document.exports, csv: true } } }
    seen.answers.save = target
    await ask['job:export'](request)
    expect(seen.calls.filter((call) => call.startsWith('replace'))).toEqual([])

    for (const path of [target, csv]) await writeFile(path, 'earlier')
    const exports = (): string[] => seen.calls.filter((call) => call.startsWith('export'))
    expect(await ask['job:export'](request)).toBeNull()
    expect(seen.calls.at(-1)).toBe('replace out.csv')
    expect(exports()).toHaveLength(1)
    seen.answers.replace = true
    expect(await ask['job:export'](request)).toMatchObject({ path: target })
    expect(exports()).toHaveLength(2)

    // Without an extension the dialog has asked about another file.
    seen.answers.save = join(folder, 'out')
    await ask['job:export'](request)
    expect(seen.calls.filter((call) => call.startsWith('replace')).at(-1)).toBe('replace out.mp4, out.csv')
  })

  it('asks before it saves over another project whose name was typed without its extension', async () => {
    const { ask, seen, folder } = await studioIn()
    const { document } = open(await ask['project:open']({ path: await filmIn(folder) }))
    const other = join(folder, 'scene.foley')
    await writeFile(other, 'another project')
    seen.answers.save = join(folder, 'scene')
    expect(await ask['project:save']({ document, as: true })).toBeNull()
    expect(seen.calls.at(-1)).toBe('replace scene.foley')
    expect(await readFile(other, 'utf8')).toBe('another project')
    seen.answers.save = other
    expect(await ask['project:save']({ document, as: true })).toEqual({ path: other })
  })

  it('suggests a name beside the film and shows only what was written', async () => {
    const { ask, seen, folder } = await studioIn()
    const path = await filmIn(folder, clips.proResFilm, 'film.mov')
    const { document } = open(await ask['project:open']({ path }))
    expect(await ask['job:export']({ jobId: 'j', document })).toBeNull()
    expect(seen.calls).toContain(`save export ${join(folder, 'film (Foley).mov')}`)
    const target = join(folder, 'out.mov')
    await expect(ask['shell:show']({ path: target })).rejects.toMatchObject({ code: 'request.invalid' })
    // The film that is open, whatever the window says.
    const forged = { ...document, media: { ...document.media, path: '/etc/passwd' } }
    await ask['job:export']({ jobId: 'j', document: forged, path: target })
    expect(seen.calls).toContain(`export ${path} to ${target}`)
    await ask['shell:show']({ path: target })
    await ask['shell:drag']({ document, trackId: document.tracks[0]!.id, regionId: null })
    expect(seen.shown).toEqual([target, `drag ${DRAGGED_WAV}`])
    expect(await ask['sound:save']({ document, trackId: document.tracks[0]!.id, regionId: null })).toBeNull()
    expect(seen.calls).toContain(`save wav ${join(folder, 'film - Foley 1.wav')}`)
  })

  it('refuses what needs a film while none is open', async () => {
    const { ask } = await studioIn()
    const document = withRegions(open(await (await studioWithFilm()).opened).document, [], [])
    for (const request of [
      () => ask['sound:peaks']({ source: { kind: 'original' } }),
      () => ask['job:generate'](generateJob(1)),
      () => ask['job:export']({ jobId: 'j', document }),
      () => ask['project:save']({ document, as: false })
    ]) {
      await expect(request()).rejects.toMatchObject({ code: 'request.invalid' })
    }
  })

  async function studioWithFilm() {
    const studio = await studioIn()
    return { ...studio, opened: studio.ask['project:open']({ path: await filmIn(studio.folder) }) }
  }
})

describe('settings and packs', () => {
  it('are kept, and a broken file falls back', async () => {
    const { ask, seen, folder } = await studioIn()
    const settings = { ...DEFAULT_SETTINGS, theme: 'light', threads: 2 } as const
    await ask['settings:set']({ settings })
    expect(seen.calls).toEqual(['reset'])
    expect((await (await studioIn(folder)).ask['app:info'](undefined)).settings).toEqual(settings)
    await writeFile(join(folder, 'data', 'settings.json'), '{"theme":')
    const third = await studioIn(folder)
    expect((await third.ask['app:info'](undefined)).settings).toEqual(DEFAULT_SETTINGS)
    expect(third.seen.logged.join()).toContain('settings.json')
  })

  it('finds a bundled pack that was chosen where the application lay before', async () => {
    const { ask: before, folder } = await studioIn()
    await before['settings:set']({ settings: DEFAULT_SETTINGS })
    const packPath = join(folder, 'mounted-elsewhere', 'models', 'hits')
    await writeFile(join(folder, 'data', 'settings.json'), JSON.stringify({ ...DEFAULT_SETTINGS, packPath }))
    const { ask: after } = await studioIn(folder)
    expect((await after['app:info'](undefined)).settings.packPath).toBe(resolve('resources/models/hits'))
  })

  it('lists bundled packs and adds others once, by folder or manifest', async () => {
    const { ask, seen, folder } = await studioIn()
    const packs = await ask['packs:list'](undefined)
    expect(packs.map(({ bundled, error }) => ({ bundled, error }))).toEqual(
      packs.map(() => ({ bundled: true, error: null }))
    )
    expect(packs.filter(({ isDefault }) => isDefault).map(({ manifest }) => manifest?.id)).toEqual(['hits'])
    expect(await ask['packs:add']({})).toBeNull()
    seen.answers.folder = FIXTURE_PACK
    expect(await ask['packs:add']({})).toHaveLength(packs.length + 1)
    const added = await ask['packs:add']({ path: join(FIXTURE_PACK, 'manifest.json') })
    expect(added?.slice(packs.length)).toMatchObject([{ bundled: false, isDefault: false }])
    await expect(ask['packs:add']({ path: folder })).rejects.toMatchObject({ code: 'pack.not-found' })
    const settings = { ...DEFAULT_SETTINGS, packPath: folder }
    await expect(ask['settings:set']({ settings })).rejects.toMatchObject({ code: 'pack.not-found' })
    expect(seen.calls).toEqual([])
  })
})
