import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Served } from '../studio/ports'
import { serve } from './serve'

const bytes = Uint8Array.from({ length: 600_000 }, (_, i) => (i * 31) % 251)
let folder: string
let kinds: readonly Served[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foley-serve-'))
  await writeFile(join(folder, 'film.mp4'), bytes)
  kinds = [
    { kind: 'file', path: join(folder, 'film.mp4'), type: 'video/mp4' },
    { kind: 'bytes', bytes, type: 'video/mp4' }
  ]
})
afterAll(() => rm(folder, { recursive: true }))

const request = (range?: string, method = 'GET'): Request =>
  new Request('http://studio/media/1', { method, ...(range === undefined ? {} : { headers: { range } }) })
const content = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer())

describe('serve', () => {
  it('answers without a range with everything and says that ranges are understood', async () => {
    for (const served of kinds) {
      const response = await serve(request(), served)
      expect(response.status).toBe(200)
      expect(response.headers.get('accept-ranges')).toBe('bytes')
      expect(response.headers.get('content-type')).toBe('video/mp4')
      expect(response.headers.get('content-length')).toBe('600000')
      expect((await content(response)).equals(bytes)).toBe(true)
    }
  })

  it('answers a range with exactly its bytes', async () => {
    for (const served of kinds) {
      const response = await serve(request('bytes=1000-400999'), served)
      expect(response.status).toBe(206)
      expect(response.headers.get('content-range')).toBe('bytes 1000-400999/600000')
      expect(response.headers.get('content-length')).toBe('400000')
      expect((await content(response)).equals(bytes.slice(1000, 401_000))).toBe(true)
    }
  })

  it('answers 416 beyond the end', async () => {
    for (const served of kinds) {
      const response = await serve(request('bytes=600000-'), served)
      expect(response.status).toBe(416)
      expect(response.headers.get('content-range')).toBe('bytes */600000')
    }
  })

  it('answers HEAD with the headers alone', async () => {
    for (const served of kinds) {
      const response = await serve(request('bytes=-10', 'HEAD'), served)
      expect(response.status).toBe(206)
      expect(response.headers.get('content-length')).toBe('10')
      expect(await content(response)).toHaveLength(0)
    }
  })

  it('lets go of a file that the page stops reading', async () => {
    const response = await serve(request(), kinds[0]!)
    const reader = response.body!.getReader()
    await reader.read()
    await expect(reader.cancel()).resolves.toBeUndefined()
  })

  it('answers 404 for a file that is gone or a folder, 405 for another method', async () => {
    const gone: Served = { kind: 'file', path: join(folder, 'gone.mp4'), type: 'video/mp4' }
    expect((await serve(request(), gone)).status).toBe(404)
    expect((await serve(request(), { kind: 'file', path: folder, type: 'video/mp4' })).status).toBe(404)
    expect((await serve(request(undefined, 'DELETE'), kinds[0]!)).status).toBe(405)
  })
})
