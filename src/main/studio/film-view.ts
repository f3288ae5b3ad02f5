/** The open film as the window shows it: its picture or a proxy of it, its strip, its waveform. */
import { randomUUID } from 'node:crypto'
import { basename, join } from 'node:path'
import { isAbort, toReport } from '@shared/errors'
import type { FilmView, PeakPyramid, ProxyUpdate } from '@shared/ipc'
import type { MediaRef } from '@shared/project'
import type { Jobs } from '../jobs'
import type { MediaInfo } from '../media/media-info'
import type { MediaTools } from '../media/tools'
import { attacksOfFilm } from '../pipeline/own-sound'
import { originalPeaks } from './peaks'
import { exists } from './exists'
import { onceUntilItFails } from './once'
import { playbackOf, type Playback } from './playable'
import type { Served, StudioPorts } from './ports'
import { makeProxy, pixelFormatOf } from './proxy'
import { planStrip, Thumbnails } from './thumbnails'

/** A browser gives up on pictures that take much longer, and asks again at the next scroll. */
const THUMBNAIL_PATIENCE_MS = 4000

export interface FilmTools {
  readonly media: MediaTools
  /** The film's own folder in the cache. */
  readonly cacheFolder: string
  readonly background: Jobs['background']
  readonly send: StudioPorts['send']
  readonly log: StudioPorts['log']
}

interface Picture {
  readonly id: string
  readonly path: string
  readonly type: string
}

export class OpenFilm {
  readonly #film: MediaInfo
  readonly #media: MediaRef
  readonly #tools: FilmTools
  readonly #thumbnails: Thumbnails
  /** Opaque, and new at each opening: an old window's URL finds nothing. */
  readonly #stripId = randomUUID()
  readonly #abort = new AbortController()
  readonly #playback: Playback
  #picture: Picture | undefined
  #isMakingProxy = false
  readonly #peaks = onceUntilItFails(() => this.#readPeaks())
  readonly #attacks = onceUntilItFails(() => attacksOfFilm(this.#film, this.#tools.media, this.#abort.signal))

  private constructor(film: MediaInfo, media: MediaRef, tools: FilmTools, playback: Playback) {
    this.#film = film
    this.#media = media
    this.#tools = tools
    this.#playback = playback
    this.#thumbnails = new Thumbnails(planStrip(media), join(tools.cacheFolder, 'thumbs'))
  }

  /** @throws FoleyError `ffmpeg.*` */
  static async open(film: MediaInfo, media: MediaRef, tools: FilmTools): Promise<OpenFilm> {
    const playback = playbackOf(film, await pixelFormatOf(film, tools.media))
    const open = new OpenFilm(film, media, tools, playback)
    if (playback.kind === 'direct') {
      open.#picture = { id: randomUUID(), path: film.path, type: playback.type }
    } else if (await exists(open.#proxyPath)) open.#picture = asProxy(open.#proxyPath)
    return open
  }

  /** Starts what is made in the background; the film before must be disposed of. */
  begin(): void {
    const { media, log } = this.#tools
    // A strip that cannot be made leaves an empty lane, and the film is none the worse.
    this.#thumbnails.make(this.#film, media).catch((error: unknown) => log('warn', 'no thumbnails', error))
    this.makeProxy()
  }

  /** Makes a proxy where one is needed and none is there or under way; its end is told as the event `proxy`. */
  makeProxy(): void {
    const playback = this.#playback
    if (this.#picture || playback.kind === 'direct' || this.#isMakingProxy) return
    this.#isMakingProxy = true
    // After the answer is on its way: the event finds a window that knows the film.
    setTimeout(() => void this.#makeProxy(this.#proxyPath, playback), 0)
  }

  view(warnings: readonly string[]): FilmView {
    return {
      media: this.#media,
      name: basename(this.#media.path),
      url: this.#picture && urlOf(this.#picture),
      thumbnails: { base: `thumbs/${this.#stripId}/`, ...this.#thumbnails.plan },
      warnings
    }
  }

  /** Serves `media/<id>`. */
  servePicture(id: string): Served | null {
    const picture = this.#picture
    return picture?.id === id ? { kind: 'file', path: picture.path, type: picture.type } : null
  }

  /** Serves `thumbs/<id>/<index>.jpg`. */
  async serveThumbnail(id: string, index: number): Promise<Served | null> {
    if (id !== this.#stripId) return null
    const path = await this.#thumbnails.path(index, THUMBNAIL_PATIENCE_MS)
    return path === null ? null : { kind: 'file', path, type: 'image/jpeg' }
  }

  /** Of the film's own sound; decoded once, and not remembered when that failed. */
  peaks(): Promise<PeakPyramid> {
    return this.#peaks()
  }

  /** Of the film's own sound, seconds. */
  attacksSec(): Promise<readonly number[]> {
    return this.#attacks()
  }

  /** Resolves when nothing writes to its cache any more. */
  async dispose(): Promise<void> {
    this.#abort.abort(new DOMException('another film', 'AbortError'))
    await this.#thumbnails.dispose()
  }

  #readPeaks(): Promise<PeakPyramid> {
    const { media, cacheFolder } = this.#tools
    return originalPeaks(this.#film, join(cacheFolder, 'peaks.bin'), media, this.#abort.signal)
  }

  #isClosed(): boolean {
    return this.#abort.signal.aborted
  }

  get #proxyPath(): string {
    return join(this.#tools.cacheFolder, 'proxy.mp4')
  }

  async #makeProxy(path: string, playback: Exclude<Playback, { kind: 'direct' }>): Promise<void> {
    const { media: tools, background, send, log } = this.#tools
    if (this.#isClosed()) return
    let update: ProxyUpdate
    try {
      await background('proxy', `Preparing ${basename(this.#film.path)} for playback`, (signal, onFraction) =>
        makeProxy(
          { film: this.#film, media: this.#media, playback, path, onFraction },
          tools,
          AbortSignal.any([signal, this.#abort.signal])
        )
      )
      this.#picture = asProxy(path)
      update = { state: 'ready', url: urlOf(this.#picture) }
    } catch (error) {
      if (!isAbort(error)) log('error', 'the proxy could not be made', error)
      update = { state: 'failed', error: isAbort(error) ? null : toReport(error) }
    }
    this.#isMakingProxy = false
    // Of a film that was closed meanwhile the window wants to hear nothing.
    if (!this.#isClosed()) send('proxy', update)
  }
}

const asProxy = (path: string): Picture => ({ id: randomUUID(), path, type: 'video/mp4' })
const urlOf = ({ id }: Picture): string => `media/${id}`
