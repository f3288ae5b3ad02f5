import { expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { filmIn, open, proxyUpdates, studioIn } from './testing'

it('makes a proxy where one is needed, once', async () => {
  const { ask, get, seen, folder } = await studioIn()
  const path = await filmIn(folder, clips.proResFilm, 'film.mov')
  expect(open(await ask['project:open']({ path })).film.url).toBeUndefined()
  await expect.poll(() => proxyUpdates(seen), { timeout: 20_000 }).toMatchObject([{ state: 'ready' }])
  const [url] = proxyUpdates(seen).map((update) => (update.state === 'ready' ? update.url : ''))
  if (url === undefined) throw new Error('no proxy')
  expect(await get(url)).toMatchObject({ type: 'video/mp4' })
  expect(open(await ask['project:open']({ path })).film.url).toBeDefined()
  expect(await get(url)).toBeNull()
  expect(seen.calls.filter((call) => call === 'proxy')).toHaveLength(1)

  await ask['project:close'](undefined)
  expect((await ask['cache:info'](undefined)).bytes).toBeGreaterThan(1000)
  expect((await ask['cache:clear'](undefined)).bytes).toBe(0)
})

it('tells why a proxy could not be made, or that it was cancelled, and makes it when asked again', async () => {
  const { ask, get, seen, folder } = await studioIn()
  const path = await filmIn(folder, clips.proResFilm, 'film.mov')
  seen.nextProxy.push('fails', 'cancelled')
  open(await ask['project:open']({ path }))
  await expect.poll(() => proxyUpdates(seen)).toHaveLength(1)
  expect(proxyUpdates(seen)[0]).toMatchObject({ state: 'failed', error: { code: 'ffmpeg.failed', action: 'Mend it.' } })

  await ask['proxy:retry'](undefined)
  await expect.poll(() => proxyUpdates(seen)).toHaveLength(2)
  expect(proxyUpdates(seen)[1]).toEqual({ state: 'failed', error: null })

  // Asked twice, made once.
  await Promise.all([ask['proxy:retry'](undefined), ask['proxy:retry'](undefined)])
  await expect.poll(() => proxyUpdates(seen), { timeout: 20_000 }).toHaveLength(3)
  const last = proxyUpdates(seen)[2]!
  expect(await get(last.state === 'ready' ? last.url : '')).toMatchObject({ type: 'video/mp4' })
  expect(seen.calls.filter((call) => call === 'proxy')).toHaveLength(3)
  // There is nothing left to make.
  await ask['proxy:retry'](undefined)
  expect(seen.calls.filter((call) => call === 'proxy')).toHaveLength(3)
})

it('says nothing of the proxy of a film that was closed meanwhile', async () => {
  const { ask, seen, folder } = await studioIn()
  const path = await filmIn(folder, clips.proResFilm, 'film.mov')
  seen.nextProxy.push('waits')
  open(await ask['project:open']({ path }))
  await expect.poll(() => seen.calls.filter((call) => call === 'proxy')).toHaveLength(1)
  open(await ask['project:open']({ path: await filmIn(folder) }))
  await ask['project:close'](undefined)
  expect(proxyUpdates(seen)).toEqual([])
})
