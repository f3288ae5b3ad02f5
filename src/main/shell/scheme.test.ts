import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSite, fileWithin, HOME, isHome } from './scheme'

let folder: string
let site: (request: Request) => Promise<Response>
const asked: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foley-site-'))
  await mkdir(join(folder, 'page', 'assets'), { recursive: true })
  await writeFile(join(folder, 'page', 'index.html'), '<meta name="style-nonce" content="__STYLE_NONCE__">')
  await writeFile(join(folder, 'page', 'assets', 'index.js'), 'export {}')
  await writeFile(join(folder, 'secret.txt'), 'secret')
  site = createSite({
    pageFolder: join(folder, 'page'),
    resolveProject: (url) => {
      asked.push(url.pathname)
      const bytes = new Uint8Array([1, 2, 3])
      return Promise.resolve(url.pathname === '/media/known' ? { kind: 'bytes', bytes, type: 'video/mp4' } : null)
    }
  })
})
afterAll(() => rm(folder, { recursive: true }))

const get = (path: string): Promise<Response> => site(new Request(`${HOME}${path}`))

describe('the page', () => {
  it('carries a nonce of its own each time, the same as in its policy', async () => {
    const nonces = await Promise.all(
      ['', 'index.html'].map(async (path) => {
        const response = await get(path)
        const nonce = /content="([^"]+)"/.exec(await response.text())![1]!
        const policy = response.headers.get('content-security-policy')
        expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`)
        expect(policy).toContain("default-src 'none'")
        expect(policy).not.toContain('unsafe')
        return nonce
      })
    )
    expect(nonces[0]).not.toBe(nonces[1])
  })

  it('serves its files by type', async () => {
    const response = await get('assets/index.js')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  })

  it('serves nothing outside its folder and nothing of another host', async () => {
    for (const path of [
      '../secret.txt',
      '..%2fsecret.txt',
      '%2e%2e/secret.txt',
      'assets/..%2f..%2fsecret.txt',
      'gone.js',
      '%ff'
    ]) {
      expect((await get(path)).status, path).toBe(404)
    }
    expect((await site(new Request('app://elsewhere/index.html'))).status).toBe(404)
  })
})

describe('what the project owns', () => {
  it('is resolved by the studio, and by nobody else', async () => {
    expect((await get('media/known')).status).toBe(200)
    expect((await get('media/unknown')).status).toBe(404)
    expect((await get('takes/a/pcm?from=0&to=10')).status).toBe(404)
    expect(asked).toEqual(['/media/known', '/media/unknown', '/takes/a/pcm'])
  })

  it('is not kept by a cache where it comes as bytes', async () => {
    expect((await get('media/known')).headers.get('cache-control')).toBe('no-store')
    expect((await get('assets/index.js')).headers.get('cache-control')).toBeNull()
  })
})

describe('fileWithin', () => {
  it('knows a folder from one whose name begins alike', () => {
    expect(fileWithin('/site', '/../site-secrets/a.txt')).toBeUndefined()
    expect(fileWithin('/site', '/a\\..\\b')).toBeUndefined()
    expect(fileWithin('/site', '/a%00.js')).toBeUndefined()
  })
})

describe('isHome', () => {
  it('accepts our origin alone', () => {
    expect(isHome('app://studio/index.html')).toBe(true)
    for (const url of ['app://studio.evil/', 'app://evil/studio', 'https://studio/', 'about:blank', '', 'app:studio']) {
      expect(isHome(url), url).toBe(false)
    }
  })
})
