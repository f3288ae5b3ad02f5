/** The studio's parts, put together once; the handlers share them. */
import { randomInt, randomUUID } from 'node:crypto'
import PQueue from 'p-queue'
import { FoleyError } from '@shared/errors'
import type { MissingMedia, OpenedProject } from '@shared/ipc'
import type { createJobs, Jobs } from '../jobs'
import { findTools, type MediaTools } from '../media/tools'
import type { Prepared } from '../project/opening'
import { ProjectStore } from '../project/store'
import { FilmCache } from './cache'
import { onceUntilItFails } from './once'
import { OpenFilm } from './film-view'
import { SettingsAndPacks } from './packs'
import type { StudioPorts } from './ports'
import { RecentFiles } from './recent'

export interface StudioTools {
  readonly createJobs: typeof createJobs
  readonly findTools?: () => Promise<MediaTools>
}

export class StudioParts {
  film: OpenFilm | null = null
  /** What `shell:show` may show: files that we wrote because the person asked for them. */
  readonly shown = new Set<string>()
  /** Generations under way: their takes are on disk before the document has them. */
  generating = 0
  readonly cache: FilmCache
  readonly recent: RecentFiles
  readonly store: ProjectStore
  readonly jobs: Jobs
  readonly media: () => Promise<MediaTools>
  /** One project is opened or closed after the other: two at once would leave the first half open. */
  readonly #turns = new PQueue({ concurrency: 1 })

  private constructor(
    readonly ports: StudioPorts,
    readonly packs: SettingsAndPacks,
    tools: StudioTools
  ) {
    this.media = onceUntilItFails(tools.findTools ?? findTools)
    this.cache = new FilmCache(ports.userDataFolder)
    this.recent = new RecentFiles(ports)
    this.store = new ProjectStore({
      userDataFolder: ports.userDataFolder,
      media: this.media,
      packDefaults: () => packs.defaults(),
      newId: randomUUID,
      newSeed: () => randomInt(2 ** 32)
    })
    this.jobs = tools.createJobs({
      ports,
      media: this.media,
      packPath: () => packs.packPath,
      settings: () => packs.settings,
      film: () => this.store.current.film,
      filmKey: () => `${this.store.current.media.partialHash} ${this.store.current.media.path}`,
      takesFolder: () => this.store.current.takesFolders[0],
      readyTakesFolder: () => this.store.readyTakesFolder()
    })
  }

  static async start(ports: StudioPorts, tools: StudioTools): Promise<StudioParts> {
    const parts = new StudioParts(ports, await SettingsAndPacks.load(ports), tools)
    await parts.store.sweep()
    await parts.cache.sweep()
    return parts
  }

  /** Closes what is open and enters what is ready: from here on nothing is refused for being wrong. */
  async enter(prepared: Prepared | MissingMedia): Promise<OpenedProject | MissingMedia> {
    return 'missing' in prepared ? prepared : this.#inTurn(() => this.#enter(prepared))
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#close())
  }

  /** The window lost its page: work ends, and what was not saved waits to be recovered. */
  async abandon(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#endWork()
      await this.store.abandon()
    })
  }

  async #enter(prepared: Prepared): Promise<OpenedProject> {
    const { document, path, film, dirty, warnings } = prepared
    const view = await OpenFilm.open(film, document.media, {
      media: await this.media(),
      cacheFolder: await this.cache.folderFor(document.media.partialHash),
      background: (kind, label, work) => this.jobs.background(kind, label, work),
      send: this.ports.send,
      log: this.ports.log
    })
    await this.#close(prepared)
    this.store.enter(prepared)
    this.film = view
    await this.recent.add(path ?? film.path)
    if (path !== null) this.shown.add(path)
    // Last: what becomes of its proxy is told to a window that has this answer.
    view.begin()
    return { document, path, film: view.view(warnings), dirty }
  }

  async #close(next?: Prepared): Promise<void> {
    await this.#endWork()
    await this.store.close(next)
  }

  async #endWork(): Promise<void> {
    // The film first: of the proxy that ends with it the window is told nothing.
    await Promise.all([this.film?.dispose(), this.jobs.cancelAll()])
    this.film = null
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.add(work, { throwOnTimeout: true })
  }

  /** @throws FoleyError `request.invalid` when none is open */
  get openFilm(): OpenFilm {
    if (this.film) return this.film
    throw new FoleyError('request.invalid', 'No film is open.', 'Open a film or a project first.')
  }
}
