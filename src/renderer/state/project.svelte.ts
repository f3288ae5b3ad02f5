/** The open project: its document, its history, what is selected, and whether it is saved. */
import { produce } from 'immer'
import type { ErrorReport } from '@shared/errors'
import type { FilmView, OpenedProject, ProxyUpdate } from '@shared/ipc'
import type { ProjectDocument, Region, Track } from '@shared/project'
import { heardAttacks, syncDistances } from '../edits/attacks'
import { hasRegion, type RegionPlace } from '../edits/find'
import { dropUnusedTakes } from '../edits/regions'
import {
  abandon,
  currentStep,
  edit,
  EMPTY_HISTORY,
  redo,
  undo,
  type EditOptions,
  type History,
  type Step,
  type Stepped
} from '../edits/history'

export type Selection =
  | { readonly kind: 'none' }
  | { readonly kind: 'track'; readonly trackId: string }
  | ({ readonly kind: 'region' } & RegionPlace)
  | { readonly kind: 'sync'; readonly syncId: string }

/** Of what is on disk when nothing of it is known. */
const UNKNOWN = Symbol('unknown')

const NOTHING: Selection = { kind: 'none' }

export class ProjectState {
  document: ProjectDocument
  film: FilmView
  path: string | null
  /** Why a film that cannot be played has no preview; an error of null: making it was cancelled. */
  proxyFailure: { readonly error: ErrorReport | null } | null
  /** The last step that the file holds. Undone or redone to there, the project is as it was saved. */
  #savedStep: Step | null | typeof UNKNOWN
  #history: History
  #selection: Selection
  readonly attacks: readonly number[]
  readonly syncDistances: ReturnType<typeof syncDistances>

  constructor(opened: OpenedProject) {
    this.document = $state.raw(opened.document)
    this.film = $state.raw(opened.film)
    this.path = $state.raw(opened.path)
    this.proxyFailure = $state.raw(null)
    this.#savedStep = $state.raw(opened.dirty ? UNKNOWN : null)
    this.#history = $state.raw(EMPTY_HISTORY)
    this.#selection = $state.raw(NOTHING)
    this.attacks = $derived(heardAttacks(this.document))
    this.syncDistances = $derived(syncDistances(this.document, this.attacks))
  }

  readonly newId = (): string => crypto.randomUUID()

  get isDirty(): boolean {
    return this.step !== this.#savedStep
  }

  /** What {@link saved} wants to know of the document that was written. */
  get step(): Step | null {
    return currentStep(this.#history)
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
  }

  /** A drag that was given up, or that ended where it began. */
  abandon(gesture: string): void {
    const { document, history } = abandon(this.document, this.#history, gesture)
    this.document = document
    this.#history = history
  }

  /** Their files are about to go: no step of the history may bring them back, so it ends here. Counts as unsaved. */
  forgetUnusedTakes(): void {
    this.document = produce(this.document, dropUnusedTakes)
    this.#history = EMPTY_HISTORY
    this.#savedStep = UNKNOWN
  }

  undo(): string | null {
    return this.#step(undo(this.document, this.#history))
  }

  redo(): string | null {
    return this.#step(redo(this.document, this.#history))
  }

  proxyChanged(update: ProxyUpdate): void {
    this.proxyFailure = update.state === 'failed' ? update : null
    if (update.state === 'ready') this.film = { ...this.film, url: update.url }
  }

  /** `step` led to what was written: edits may have followed meanwhile. */
  saved(path: string, step: Step | null): void {
    this.path = path
    this.#savedStep = step
  }

  /** What is selected and still there. */
  get selection(): Selection {
    return this.#exists(this.#selection) ? this.#selection : NOTHING
  }

  select(selection: Selection): void {
    this.#selection = selection
  }

  /** A range that was just marked is what the editor means: a selected region that it leaves makes way for its track. */
  turnToMark(): void {
    const { region, track } = this.selectedRegion ?? {}
    if (!region || !track) return
    const isOutside = (sample: number | null): boolean =>
      sample !== null && (sample < region.fromSample || sample > region.toSample)
    const { inSample, outSample } = this.document.range
    if (isOutside(inSample) || isOutside(outSample)) this.select({ kind: 'track', trackId: track.id })
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
        return hasRegion(this.document, selection)
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
