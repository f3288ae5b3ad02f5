/**
 * What the window can ask of the main process, and what it is told: one map of requests, one of events. The main process
 * parses every payload with `ipc-schemas.ts`; the preload script only knows the names.
 */
import type { CommandId } from './commands'
import type { ErrorReport } from './errors'
import type { ListedManifest, StudioSettings } from './settings'
import type { Phase } from './progress'
import type { MediaRef, ProjectDocument, RegionSettings, Take } from './project'
import type { SuggestedSync, SyncPoint } from './requests'

/** Where the film's files are served, relative to the page: `media/<id>`, `thumbs/<id>/<n>.jpg`, `takes/<id>/pcm`. */
export interface FilmView {
  readonly media: MediaRef
  readonly name: string
  /** Of a video element. Undefined until a proxy is made of a film that Chromium cannot play. */
  readonly url: string | undefined
  readonly thumbnails: Thumbnails
  readonly warnings: readonly string[]
}

/** Picture n shows the film at n * everySec; its URL is `${base}${n}.jpg`. They are made in the background. */
export interface Thumbnails {
  readonly base: string
  readonly count: number
  readonly everySec: number
  readonly width: number
  readonly height: number
}

/** An open project. A film that was just opened has a document of its own without tracks' regions. */
export interface OpenedProject {
  readonly document: ProjectDocument
  /** Null until it is saved. */
  readonly path: string | null
  readonly film: FilmView
  /** Recovered after a crash, or changed since it was saved. */
  readonly dirty: boolean
}

/** A project whose film is not where it was. */
export interface MissingMedia {
  readonly missing: MediaRef
  readonly projectPath: string
}

export interface RecentItem {
  readonly path: string
  readonly name: string
  readonly openedAt: string
}

export interface Recoverable {
  readonly id: string
  readonly name: string
  readonly savedAt: string
}

export interface AppInfo {
  readonly version: string
  readonly platform: 'darwin' | 'win32' | 'linux'
  readonly recent: readonly RecentItem[]
  readonly recoverable: readonly Recoverable[]
  readonly settings: StudioSettings
  readonly samplePath: string | null
  readonly licences: string
}

/** Several resolutions of one waveform, finest first: level k holds [min, max] pairs over `samplesPerPeak[k]` samples. */
export interface PeakPyramid {
  readonly samplesPerPeak: readonly number[]
  readonly levels: readonly Float32Array[]
}

/** A region, or a whole track. */
export interface SoundPlace {
  readonly document: ProjectDocument
  readonly trackId: string
  readonly regionId: string | null
}

export type SoundSource = { readonly kind: 'original' } | { readonly kind: 'take'; readonly takeId: string }

/** The track's sound around the drawn range: which take plays where. In time order. */
export interface ContextSegment {
  readonly takeId: string
  /** Where the take's own sound begins on the film. */
  readonly takeFromSample: number
  readonly fromSample: number
  readonly toSample: number
}

export interface GenerateJob {
  readonly jobId: string
  readonly fromSample: number
  readonly toSample: number
  /** One take for each. */
  readonly seeds: readonly number[]
  readonly settings: RegionSettings
  readonly syncPoints: readonly SyncPoint[]
  /** Of the document; the sync points have it already. */
  readonly pictureOffsetSamples: number
  readonly context: readonly ContextSegment[]
  /** Takes are named "<base> <number>" from this number on. */
  readonly firstNumber: number
}

export interface ExportJob {
  readonly jobId: string
  readonly document: ProjectDocument
  /** Left out: a dialog asks. */
  readonly path?: string
}

export interface ExportReport {
  readonly path: string
  /** Everything that was written, the film first. */
  readonly files: readonly string[]
  readonly warnings: readonly string[]
  /** Of the exported sound; null when nothing sounds. */
  readonly loudnessLufs: number | null
  readonly truePeakDbtp: number | null
}

/** What leaving a project asks about. */
export type StoppableWork = Extract<JobKind, 'generate' | 'export'>

export type JobKind = 'analyse' | 'generate' | 'export' | 'proxy'

export interface JobUpdate {
  readonly jobId: string
  readonly kind: JobKind
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  readonly label: string
  readonly phase: Phase | null
  /** 0..1, never going back. */
  readonly fraction: number
  readonly elapsedSec: number
  readonly remainingSec: number | null
}

export interface EngineStatus {
  readonly state: 'idle' | 'loading' | 'ready' | 'failed'
  readonly pack: string | null
  readonly provider: string | null
  /** Why it is not faster, or why it failed. */
  readonly reason: string | null
}

export interface PackView {
  readonly path: string
  readonly bundled: boolean
  /** The one that is used while the settings name none. */
  readonly isDefault: boolean
  readonly manifest: ListedManifest | null
  /** Why the pack cannot be used. */
  readonly error: ErrorReport | null
}

export interface CacheReport {
  readonly bytes: number
  readonly folder: string
}

/** `failed` with the reason, or with null when it was cancelled: then `FilmView.url` stays undefined until `proxy:retry`. */
export type ProxyUpdate =
  { readonly state: 'ready'; readonly url: string } | { readonly state: 'failed'; readonly error: ErrorReport | null }

/** Request -> answer. Every answer crosses as {@link Answer}. A dialog that was cancelled answers null. */
export interface Requests {
  'app:info': { request: undefined; answer: AppInfo }
  /** A film or project that was named at the start, or opened before the page listened; told once. */
  'app:open-path': { request: undefined; answer: string | null }
  /** A film or a project; without a path a dialog asks. */
  'project:open': { request: { path?: string }; answer: OpenedProject | MissingMedia | null }
  'project:relink': {
    request: { projectPath: string; mediaPath?: string }
    answer: OpenedProject | MissingMedia | null
  }
  'project:recover': { request: { id: string; restore: boolean }; answer: OpenedProject | MissingMedia | null }
  'project:save': { request: { document: ProjectDocument; as: boolean }; answer: { path: string } | null }
  'project:autosave': { request: { document: ProjectDocument }; answer: null }
  'project:close': { request: undefined; answer: null }
  /** Removes takes on disk that the document does not reference. */
  'project:clean-up': { request: { document: ProjectDocument }; answer: { removed: number; bytes: number } }
  /** "Save", "discard" or "cancel" before something unsaved is closed. */
  'project:confirm-close': { request: { name: string }; answer: 'save' | 'discard' | 'cancel' }
  /** Before work that somebody waits for would be stopped by leaving. */
  'project:confirm-stop': { request: { work: StoppableWork }; answer: 'stop' | 'wait' }

  'film:analyse': { request: { jobId: string; threshold?: number }; answer: { suggestions: readonly SuggestedSync[] } }
  /** Makes the open film's proxy again after it failed or was cancelled; what becomes of it is told by the event `proxy`. */
  'proxy:retry': { request: undefined; answer: null }
  'sound:peaks': { request: { source: SoundSource }; answer: PeakPyramid }
  /** Of the film's own sound, seconds; none of a silent film. */
  'sound:attacks': { request: undefined; answer: { timesSec: readonly number[] } }

  'job:generate': { request: GenerateJob; answer: { takes: readonly Take[] } }
  'job:export': { request: ExportJob; answer: ExportReport | null }
  'job:cancel': { request: { jobId: string }; answer: null }

  'shell:show': { request: { path: string }; answer: null }
  /** Renders a region or a track to a WAV and starts a native drag with it. */
  'shell:drag': { request: SoundPlace; answer: { path: string } }
  /** The same WAV without a drag: a dialog asks where it goes. */
  'sound:save': { request: SoundPlace; answer: { path: string; warnings: readonly string[] } | null }

  'settings:set': { request: { settings: StudioSettings }; answer: StudioSettings }
  'packs:list': { request: undefined; answer: readonly PackView[] }
  /** A dialog asks for the folder when there is no path. */
  'packs:add': { request: { path?: string }; answer: readonly PackView[] | null }
  'cache:info': { request: undefined; answer: CacheReport }
  'cache:clear': { request: undefined; answer: CacheReport }
}

export type RequestName = keyof Requests
export type RequestOf<Name extends RequestName> = Requests[Name]['request']
export type AnswerOf<Name extends RequestName> = Requests[Name]['answer']

export interface Events {
  job: JobUpdate
  engine: EngineStatus
  /** A menu item was chosen. */
  command: CommandId
  /** A second start of the application, or the system, wants this opened. */
  'open-path': string
  /** What became of the open film's proxy, each time one was made. */
  proxy: ProxyUpdate
  /** The window is about to close: save or discard, then call `project:close` or answer with nothing to stay. */
  closing: null
}

export type EventName = keyof Events

/** Errors cross as data: the structured clone of Electron's IPC keeps an Error's message only. */
export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorReport | null }

/** What the preload script puts on `window.foley`. An aborted request answers `{ok: false, error: null}`. */
export interface FoleyBridge {
  request<Name extends RequestName>(name: Name, payload: RequestOf<Name>): Promise<Answer<AnswerOf<Name>>>
  /** Returns what takes the listener off again. */
  on<Name extends EventName>(name: Name, listener: (event: Events[Name]) => void): () => void
  /** Path of a dropped file. */
  pathOf(file: File): string
}

/** One channel carries all requests, one all events: the names above travel as the first argument. */
export const REQUEST_CHANNEL = 'foley:request'
export const EVENT_CHANNEL = 'foley:event'
