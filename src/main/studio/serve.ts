/** URLs of the page's origin that stand for files of the open project. Everything else is nothing. */
import { SAMPLE_RATE } from '@shared/time'
import type { ProjectStore } from '../project/store'
import type { OpenFilm } from './film-view'
import type { Served } from './ports'
import { readWavSlice } from './wav-slice'

/** So that one request never holds much memory; a player asks for a few seconds at a time. */
const LONGEST_SAMPLES = 30 * SAMPLE_RATE

export async function serve(url: URL, store: ProjectStore, film: OpenFilm | null): Promise<Served | null> {
  if (!film) return null
  const [kind = '', id = '', rest, ...more] = url.pathname.replace(/^\/+/, '').split('/')
  if (more.length > 0) return null
  if (kind === 'media' && rest === undefined) return film.servePicture(id)
  const picture = /^(\d{1,6})\.jpg$/.exec(rest ?? '')?.[1]
  if (kind === 'thumbs' && picture !== undefined) return film.serveThumbnail(id, Number(picture))
  if (kind === 'takes' && rest === 'pcm') return servePcm(id, url.searchParams, store)
  return null
}

/** Little-endian floats of the film's samples `from <= n < to`, zeros outside the take. */
async function servePcm(takeId: string, query: URLSearchParams, store: ProjectStore): Promise<Served | null> {
  const found = store.take(takeId)
  const from = sampleOf(query.get('from'))
  const to = sampleOf(query.get('to'))
  if (!found || from === undefined || to === undefined || to <= from || to - from > LONGEST_SAMPLES) return null
  const { fromSample } = found.take
  const samples = await readWavSlice(found.wavPath, from - fromSample, to - fromSample).catch(() => undefined)
  if (samples === undefined) return null
  // Every platform that Electron runs on is little-endian.
  return { kind: 'bytes', bytes: new Uint8Array(samples.buffer), type: 'application/octet-stream' }
}

const sampleOf = (text: string | null): number | undefined =>
  text !== null && /^\d{1,12}$/.test(text) ? Number(text) : undefined
