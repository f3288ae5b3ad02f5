/** The application as the window sees it. Components get it from the context (`useStudio`). */
import { getContext, setContext } from 'svelte'
import type { CommandId } from '@shared/commands'
import type { AnswerOf, AppInfo, EngineStatus, FoleyBridge, MissingMedia, OpenedProject, PackView } from '@shared/ipc'
import type { ProjectDocument } from '@shared/project'
import { DEFAULT_SETTINGS, type ListedManifest, type StudioSettings } from '@shared/settings'
import { setSuggestions } from '../edits/sync-marks'
import { Transport } from '../playback/transport.svelte'
import { Autosave } from './autosave'
import { askThrough, type Ask } from './bridge'
import { Dragging } from './dragging'
import { Exports } from './exports.svelte'
import { seedsFor, SHORTEST_DRAWN_SAMPLES, targetOf, type Target } from './generation'
import { Generations } from './generations.svelte'
import { JobsState } from './jobs.svelte'
import { joined } from './joined'
import { mayLeave } from './leaving'
import { Notices } from './notices.svelte'
import { ProjectState } from './project.svelte'
import { TakeListening } from './take-listening.svelte'
import { ViewState } from './view.svelte'

export type DialogName = 'export' | 'settings' | 'about' | 'keys' | 'points'

/** A project with what belongs to looking at it and hearing it. */
export interface Session {
  readonly project: ProjectState
  readonly view: ViewState
  readonly transport: Transport
  readonly listening: TakeListening
}

const IDLE_ENGINE: EngineStatus = { state: 'idle', pack: null, provider: null, reason: null }

export class Studio {
  readonly ask: Ask
  readonly bridge: FoleyBridge
  readonly jobs: JobsState
  readonly notices = new Notices()
  readonly exports: Exports
  readonly generations: Generations
  readonly dragging = new Dragging()
  info: AppInfo | null
  settings: StudioSettings
  engine: EngineStatus
  session: Session | null
  missing: MissingMedia | null
  dialog: DialogName | null
  isOpening: boolean
  packs: readonly PackView[]
  readonly #autosave = new Autosave(() => this.#keep())
  /** Resolves when no project is being opened or closed. */
  #settled: Promise<unknown> = Promise.resolve()
  #opened: Promise<void> = Promise.resolve()
  /** As the main process last confirmed them. */
  #keptSettings: StudioSettings = DEFAULT_SETTINGS

  constructor(bridge: FoleyBridge) {
    this.bridge = bridge
    this.ask = askThrough(bridge)
    this.jobs = new JobsState(this.ask)
    const { ask, jobs, notices } = this
    this.exports = new Exports({ ask, jobs, notices, isDialogOpen: () => this.dialog === 'export' })
    this.generations = new Generations({
      ...{ ask, jobs, notices },
      project: () => this.session?.project ?? null,
      settled: () => this.#settled,
      released: () => this.dragging.over()
    })
    this.info = $state.raw(null)
    this.settings = $state.raw(DEFAULT_SETTINGS)
    this.engine = $state.raw(IDLE_ENGINE)
    this.session = $state.raw(null)
    this.missing = $state.raw(null)
    this.dialog = $state.raw(null)
    this.isOpening = $state.raw(false)
    this.packs = $state.raw([])
  }

  /** Listens to the main process and opens what was asked for on the command line. Returns what stops listening. */
  async start(onCommand: (command: CommandId) => void): Promise<() => void> {
    const stops = [
      this.bridge.on('job', (job) => this.jobs.update(job)),
      this.bridge.on('engine', (status) => this.#engineChanged(status)),
      this.bridge.on('command', onCommand),
      this.bridge.on('open-path', (path) => void this.open(path)),
      this.bridge.on('proxy', (update) => this.session?.project.proxyChanged(update)),
      this.bridge.on('closing', () => void this.close())
    ]
    await this.attempt(async () => {
      // Before anything shows: the first screen names the pack.
      this.packs = (await this.attempt(() => this.ask('packs:list', undefined))) ?? []
      this.info = await this.ask('app:info', undefined)
      this.settings = this.#keptSettings = this.info.settings
      const path = await this.ask('app:open-path', undefined)
      if (path !== null) await this.open(path)
    })
    return () => stops.forEach((stop) => stop())
  }

  /** What the chosen pack can do: its materials and sync modes. Null while unknown or unusable. */
  get pack(): ListedManifest | null {
    const { packPath } = this.settings
    const chosen = this.packs.find(({ path, isDefault }) => (packPath === null ? isDefault : path === packPath))
    return chosen?.manifest ?? null
  }

  /** Runs what may fail and shows why it did. Returns undefined then. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.notices.report(error)
      return undefined
    }
  }

  /** A film or a project; without a path a dialog asks. What is open and unsaved is asked about first. */
  async open(path?: string): Promise<void> {
    await (path === undefined ? this.#openByDialog() : this.#open({ path }))
  }

  readonly #mayLeave = joined(() => mayLeave(this))
  readonly #openByDialog = joined(() => this.#open({}))

  /** One after the other: each asks about what the one before it opened. */
  #open(request: { readonly path?: string }): Promise<void> {
    this.#opened = this.#opened.then(async () => {
      if (await this.#mayLeave()) await this.#entering(() => this.ask('project:open', request))
    })
    return this.#opened
  }

  /** The work that a crash left, opened; or, not restored, gone for good. */
  async recover(id: string, restore: boolean): Promise<void> {
    if (this.isOpening) return
    await this.#entering(() => this.ask('project:recover', { id, restore }))
    await this.attempt(async () => void (this.info = await this.ask('app:info', undefined)))
  }

  /** The film of the project that misses it is chosen by a dialog. */
  readonly relink = joined(async () => {
    const { missing } = this
    if (missing) await this.#entering(() => this.ask('project:relink', { projectPath: missing.projectPath }))
  })

  async #entering(ask: () => Promise<OpenedProject | MissingMedia | null>): Promise<void> {
    this.isOpening = true
    await this.#settling(() =>
      this.attempt(async () => {
        const opened = await ask()
        if (opened) this.enter(opened)
      })
    )
    this.isOpening = false
  }

  async #settling(work: () => Promise<unknown>): Promise<void> {
    const settled = Promise.all([this.#settled, work()])
    this.#settled = settled
    await settled
  }

  enter(opened: OpenedProject | MissingMedia): void {
    if ('missing' in opened) {
      this.missing = opened
      return
    }
    this.missing = null
    this.exports.forget()
    this.#autosave.forget()
    this.session?.transport.dispose()
    const project = new ProjectState(opened)
    const transport = new Transport({ project, onError: (error) => this.notices.report(error) })
    const view = new ViewState(opened.document.media.durationSamples)
    this.session = { project, view, transport, listening: new TakeListening(project, transport) }
    for (const message of opened.film.warnings) this.notices.add({ tone: 'warning', message })
    // A film that was just opened. A project without sync points is one whose editor cleared them.
    if (opened.path === null && !opened.dirty) void this.suggest()
  }

  /** Asks the encoder for sync points; the editor's own stay. */
  async suggest(): Promise<void> {
    const { session } = this
    if (!session) return
    await this.attempt(async () => {
      const { suggestions } = await this.ask('film:analyse', { jobId: crypto.randomUUID() })
      await this.dragging.over()
      if (this.session !== session) return
      const { project } = session
      const suggest = (draft: ProjectDocument): void => setSuggestions(draft, suggestions, project.newId)
      if (project.isFresh) project.complete(suggest)
      else project.edit(suggest, { label: 'Suggest sync points' })
    })
  }

  get target(): Target | null {
    const project = this.session?.project
    return project ? targetOf(project.document, project.selection, project.targetTrack) : null
  }

  /** Draws takes for the selected region, the marked range or the whole film. */
  async generate(takes = 1): Promise<void> {
    const { session, target } = this
    if (!session || !target) return
    if (target.toSample - target.fromSample < SHORTEST_DRAWN_SAMPLES) {
      this.notices.add({ tone: 'warning', message: 'The marked range is too short.', action: 'Mark at least 0.1 s.' })
      return
    }
    const random = (): number => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32
    await this.generations.add(session.project, target, seedsFor(target.settings, takes, random))
  }

  /** Returns whether it is saved. */
  async save(as = false): Promise<boolean> {
    const project = this.session?.project
    if (!project) return false
    return as || project.path === null ? this.#saveByDialog() : this.#save(false)
  }

  readonly #saveByDialog = joined(() => this.#save(true))

  async #save(as: boolean): Promise<boolean> {
    const project = this.session?.project
    if (!project) return false
    const { document, step } = project
    const saved = await this.attempt(() => this.ask('project:save', { document, as }))
    if (saved) project.saved(saved.path, step)
    return Boolean(saved)
  }

  /**
   * Deletes the takes that no region holds. A saved project is saved before: its file must not ask for what is gone.
   * Undefined when that failed.
   */
  async cleanUp(): Promise<AnswerOf<'project:clean-up'> | undefined> {
    const project = this.session?.project
    if (!project) return undefined
    if (this.jobs.list.some(({ kind }) => kind === 'generate')) {
      this.notices.add({ tone: 'warning', message: 'Sound is being generated.', action: 'Clean up when it is done.' })
      return undefined
    }
    project.forgetUnusedTakes()
    if (project.path !== null && !(await this.save())) return undefined
    return this.attempt(() => this.ask('project:clean-up', { document: project.document }))
  }

  /** Back to the first screen; asks about what is unsaved. */
  readonly close = joined(async (): Promise<void> => {
    if (!(await this.#mayLeave())) return
    this.#autosave.forget()
    this.session?.transport.dispose()
    this.session = null
    this.missing = null
    this.exports.forget()
    await this.#settling(() => this.attempt(() => this.ask('project:close', undefined)))
    await this.attempt(async () => void (this.info = await this.ask('app:info', undefined)))
  })

  /** Called after every edit. */
  changed(): void {
    this.#autosave.changed()
  }

  #keep(): void {
    const document = this.session?.project.document
    if (document) void this.attempt(() => this.ask('project:autosave', { document }))
  }

  async setSettings(change: Partial<StudioSettings>): Promise<void> {
    const wanted = { ...this.settings, ...change }
    this.settings = wanted
    const kept = await this.attempt(() => this.ask('settings:set', { settings: wanted }))
    if (kept) this.#keptSettings = kept
    // Where another change followed meanwhile, its answer counts.
    if (this.settings === wanted) this.settings = this.#keptSettings
  }

  #engineChanged(status: EngineStatus): void {
    if (status.state === 'failed' && this.engine.state !== 'failed') {
      this.notices.add({
        tone: 'error',
        message: status.reason ?? 'The engine stopped.',
        action: 'Your project is safe. The engine starts again with the next take.'
      })
    }
    this.engine = status
  }
}

const KEY = Symbol('studio')
export const provideStudio = (studio: Studio): Studio => setContext(KEY, studio)
export const useStudio = (): Studio => getContext<Studio>(KEY)
