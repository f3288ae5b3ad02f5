/** The open project: its document, its history, what is selected, and whether it is saved. */
import type { FilmView, OpenedProject } from '@shared/ipc'
import type { ProjectDocument, Region, Track } from '@shared/project'
import { heardAttacks, syncDistances } from '../edits/attacks'
import type { RegionPlace } from '../edits/find'
import { edit, EMPTY_HISTORY, redo, undo, type EditOptions, type History, type Stepped } from '../edits/history'

export type Selection =
  | { readonly kind: 'none' }
  | { readonly kind: 'track'; readonly trackId: string }
  | ({ readonly kind: 'region' } & RegionPlace)
  | { readonly kind: 'sync'; readonly syncId: string }

const NOTHING: Selection = { kind: 'none' }

export class ProjectState {
  document: ProjectDocument
  film: FilmView
  path: string | null
  /** What is on disk under `path`. */
  #saved: ProjectDocument | null
  #history: History
  #selection: Selection
  readonly attacks: readonly number[]
  readonly syncDistances: ReturnType<typeof syncDistances>

  constructor(opened: OpenedProject) {
    this.document = $state.raw(opened.document)
    this.film = $state.raw(opened.film)
    this.path = $state.raw(opened.path)
    this.#saved = $state.raw(opened.dirty ? null : opened.document)
    this.#history = $state.raw(EMPTY_HISTORY)
    this.#selection = $state.raw(NOTHING)
    this.attacks = $derived(heardAttacks(this.document))
    this.syncDistances = $derived(syncDistances(this.document, this.attacks))
  }

  readonly newId = (): string => crypto.randomUUID()

  get isDirty(): boolean {
    return this.#saved !== this.document
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

  undo(): string | null {
    return this.#step(undo(this.document, this.#history))
  }

  redo(): string | null {
    return this.#step(redo(this.document, this.#history))
  }

  saved(path: string, document: ProjectDocument): void {
    this.path = path
    this.#saved = document
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
