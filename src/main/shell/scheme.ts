/**
 * The page's origin: `app://studio/`. Its own files lie in one folder; what the open project owns (`media/`, `thumbs/`,
 * `takes/`) is resolved by the studio, so that no path of the disk is ever part of a URL.
 */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import type { StudioService } from '../studio/ports'
import { notFound, serve } from './serve'

export const SCHEME = 'app'
export const HOST = 'studio'
export const HOME = `${SCHEME}://${HOST}/`

const OF_THE_PROJECT = /^\/(media|thumbs|takes)\//
const NONCE_PLACEHOLDER = '__STYLE_NONCE__'
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2'
}

export interface Site {
  /** The built renderer. */
  readonly pageFolder: string
  readonly resolveProject: StudioService['resolve']
}

export const isHome = (url: string): boolean => {
  const { protocol, host } = URL.canParse(url) ? new URL(url) : { protocol: '', host: '' }
  return protocol === `${SCHEME}:` && host === HOST
}

/** wavesurfer.js writes a style element into its shadow root; it gets the nonce from the page's meta element. */
export const contentSecurityPolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    // `data:` is the page's empty icon, without which a browser asks for /favicon.ico.
    "img-src 'self' data:",
    "media-src 'self'",
    "connect-src 'self'",
    "font-src 'self'",
    "worker-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join('; ')

/** Answers every request under {@link HOME}. */
export function createSite({ pageFolder, resolveProject }: Site): (request: Request) => Promise<Response> {
  return async (request) => {
    if (!isHome(request.url)) return notFound()
    const url = new URL(request.url)
    if (OF_THE_PROJECT.test(url.pathname)) {
      const served = await resolveProject(url)
      if (served === null) return notFound()
      // Samples: the page keeps those that it needs, and a browser's cache would keep them a second time.
      return serve(request, served, served.kind === 'bytes' ? { 'Cache-Control': 'no-store' } : {})
    }
    const path = fileWithin(pageFolder, url.pathname)
    if (path === undefined) return notFound()
    const type = TYPES[extname(path)] ?? 'application/octet-stream'
    return extname(path) === '.html'
      ? servePage(request, path, type)
      : serve(request, { kind: 'file', path, type }, { 'Content-Security-Policy': contentSecurityPolicy('none') })
  }
}

/** The file of a URL's path, or undefined for one that leaves the folder or cannot be a file's name. */
export function fileWithin(folder: string, pathname: string): string | undefined {
  let name: string
  try {
    name = decodeURIComponent(pathname)
  } catch {
    return undefined
  }
  if (name.includes('\0') || name.includes('\\')) return undefined
  const root = resolve(folder)
  const path = resolve(join(root, name.endsWith('/') ? `${name}index.html` : name))
  return path.startsWith(root + sep) ? path : undefined
}

async function servePage(request: Request, path: string, type: string): Promise<Response> {
  let html: string
  try {
    html = await readFile(path, 'utf8')
  } catch {
    return notFound()
  }
  const nonce = randomBytes(16).toString('base64')
  const bytes = new TextEncoder().encode(html.replaceAll(NONCE_PLACEHOLDER, nonce))
  const headers = { 'Content-Security-Policy': contentSecurityPolicy(nonce), 'Cache-Control': 'no-store' }
  return serve(request, { kind: 'bytes', bytes, type }, headers)
}
