/** The open project: its document, its history, what is selected, and whether it is saved. */
import { produce } from 'immer'
import type { FilmView, OpenedProject } from '@shared/ipc'
import type { ProjectDocument, Region, Track } from '@shared/project'
import { heardAttacks, syncDistances } from '../edits/attacks'
import type { RegionPlace } from '../edits/find'
import { dropUnusedTakes } from '../edits/regions'
import { edit, EMPTY_HISTORY, redo, undo, type EditOptions, type History, type Stepped } from '../edits/history'

export type Selection =
  | { readonly kind: 'none' }
  | { readonly kind: 'track'; readonly trackId: string }
  | ({ readonly kind: 'region' } & RegionPlace)
  | { readonly kind: 'sync'; readonly syncId: string }

type Step = History['past'][number]

const NOTHING: Selection = { kind: 'none' }

export class ProjectState {
  document: ProjectDocument
  film: FilmView
  path: string | null
  /** What is on disk under `path`. */
  #saved: ProjectDocument | null
  /** The last step that it holds; null: not known. Undone to there, the project is as it was saved. */
  #savedStep: Step | undefined | null
  #history: History
  #selection: Selection
  readonly attacks: readonly number[]
  readonly syncDistances: ReturnType<typeof syncDistances>

  constructor(opened: OpenedProject) {
    this.document = $state.raw(opened.document)
    this.film = $state.raw(opened.film)
    this.path = $state.raw(opened.path)
    this.#saved = $state.raw(opened.dirty ? null : opened.document)
    this.#savedStep = $state.raw(opened.dirty ? null : undefined)
    this.#history = $state.raw(EMPTY_HISTORY)
    this.#selection = $state.raw(NOTHING)
    this.attacks = $derived(heardAttacks(this.document))
    this.syncDistances = $derived(syncDistances(this.document, this.attacks))
  }

  readonly newId = (): string => crypto.randomUUID()

  get isDirty(): boolean {
    return this.#saved !== this.document && this.#history.past.at(-1) !== this.#savedStep
  }

  get undoLabel(): string | null {
    return this.#history.past.at(-1)?.label ?? null
  }

  get redoLabel(): string | null {
    return this.#history.future[0]?.label ?? null
  }

  /** One step of the history; edits with the same `gesture` in a row are one step. Returns what the recipe returns. */
  edit<Result>(recipe: (draft: ProjectDocument) => Result, options: EditOptions): Result {
    const edited = edit(this.document, this.#history, recipe, options)
    this.document = edited.document
    this.#history = edited.history
    return edited.result
  }

  /** Opened, not saved, and nothing was done to it yet, not even undone. */
  get isFresh(): boolean {
    const { past, future } = this.#history
    return this.path === null && !this.isDirty && past.length === 0 && future.length === 0
  }

  /** What belongs to opening and is no edit: nothing to undo, and nothing to be asked about at the close. */
  complete(recipe: (draft: ProjectDocument) => void): void {
    this.document = produce(this.document, recipe)
    this.#saved = this.document
  }

  /** Their files are about to go: no step of the history may bring them back, so it ends here. Counts as unsaved. */
  forgetUnusedTakes(): void {
    this.document = produce(this.document, dropUnusedTakes)
    this.#history = EMPTY_HISTORY
    this.#saved = null
    this.#savedStep = null
  }

  undo(): string | null {
    return this.#step(undo(this.document, this.#history))
  }

  redo(): string | null {
    return this.#step(redo(this.document, this.#history))
  }

  saved(path: string, document: ProjectDocument): void {
    this.path = path
    this.#saved = document
    this.#savedStep = document === this.document ? this.#history.past.at(-1) : null
  }

  /** What is selected and still there. */
  get selection(): Selection {
    return this.#exists(this.#selection) ? this.#selection : NOTHING
  }

  select(selection: Selection): void {
    this.#selection = selection
  }

  get selectedRegion(): { readonly track: Track; readonly region: Region } | null {
    const { selection } = this
    if (selection.kind !== 'region') return null
    const track = this.document.tracks.find(({ id }) => id === selection.trackId)
    const region = track?.regions.find(({ id }) => id === selection.regionId)
    return track && region ? { track, region } : null
  }

  /** The track that new sound goes to: the selected one, or the first. */
  get targetTrack(): Track | null {
    const { selection, document } = this
    const chosen = 'trackId' in selection ? selection.trackId : undefined
    return document.tracks.find(({ id }) => id === chosen) ?? document.tracks[0] ?? null
  }

  #exists(selection: Selection): boolean {
    const { tracks, syncMarks } = this.document
    switch (selection.kind) {
      case 'none':
        return true
      case 'track':
        return tracks.some(({ id }) => id === selection.trackId)
      case 'region':
        return tracks.some(
          ({ id, regions }) => id === selection.trackId && regions.some((region) => region.id === selection.regionId)
        )
      case 'sync':
        return syncMarks.some(({ id }) => id === selection.syncId)
    }
  }

  #step(stepped: Stepped<ProjectDocument> | null): string | null {
    if (!stepped) return null
    this.document = stepped.document
    this.#history = stepped.history
    return stepped.label
  }
}
