/**
 * What the studio needs of the world around it, so that it knows no Electron: the shell (src/main/shell) supplies these,
 * tests supply others.
 */
import type { EventName, Events, RequestName, AnswerOf, RequestOf, StoppableWork } from '@shared/ipc'
import type { EngineFork } from '../engine/connection'

export interface StudioPorts {
  readonly version: string
  readonly platform: 'darwin' | 'win32' | 'linux'
  /** Settings, recent files, recovery, unsaved takes, cache: everything of ours lies below. */
  readonly userDataFolder: string
  /** Folders that come with the application. */
  readonly packsFolder: string
  readonly samplesFolder: string
  /** Text of the licences of what is bundled. */
  readonly licences: string
  /** A film or project named on the command line. */
  readonly takeOpenPath: () => string | null
  readonly forkEngine: EngineFork
  readonly dialogs: StudioDialogs
  readonly send: <Name extends EventName>(name: Name, event: Events[Name]) => void
  readonly showInFolder: (path: string) => void
  /** Begins a native drag of a file out of the window. */
  readonly startDrag: (path: string) => void
  readonly log: (level: 'info' | 'warn' | 'error', message: string, detail?: unknown) => void
}

export type FileKind = 'film-or-project' | 'film' | 'project' | 'export' | 'wav'

/** Each answers null when it is cancelled. */
export interface StudioDialogs {
  open(kind: FileKind): Promise<string | null>
  save(kind: FileKind, suggestedPath: string): Promise<string | null>
  chooseFolder(): Promise<string | null>
  confirmClose(projectName: string): Promise<'save' | 'discard' | 'cancel'>
  confirmStop(work: StoppableWork): Promise<'stop' | 'wait'>
  /** Whether files that are there may be replaced. */
  confirmReplace(paths: readonly string[]): Promise<boolean>
}

export type Handlers = { readonly [Name in RequestName]: (payload: RequestOf<Name>) => Promise<AnswerOf<Name>> }

/** What a path of the page's origin stands for: `media/<id>`, `thumbs/<id>/<n>.jpg`, `takes/<id>/pcm?from=&to=`. */
export type Served =
  | { readonly kind: 'file'; readonly path: string; readonly type: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string }

export interface StudioService {
  readonly handlers: Handlers
  /** Null: nothing is served under that URL. Only what the open project owns is. */
  readonly resolve: (url: URL) => Promise<Served | null>
  /** The window's page is gone: nothing is open any more, and what was not saved can be recovered. */
  readonly abandon: () => Promise<void>
  /** Ends jobs and the engine's process; the project's recovery file stays unless it was closed. */
  readonly dispose: () => Promise<void>
}
