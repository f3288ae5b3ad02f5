/**
 * The open project on disk.
 *
 * [Note: where takes live] New takes go to `takesFolder`: our own working folder until the first save, `Name.takes`
 * beside the project from then on. Until a project is closed nothing of its session is removed, since undo may bring any
 * take back; at the close the takes go that were made since it was opened and that no saved file references.
 */
import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import PQueue from 'p-queue'
import { FoleyError } from '@shared/errors'
import type { MissingMedia, Recoverable } from '@shared/ipc'
import type { ProjectDocument, Take } from '@shared/project'
import { inconsistency } from './document'
import { isProjectPath, savedTakesOf, savingProject, takesFolderOf, withProjectExtension, writeProject } from './files'
import { type OpenProject, openProject } from './open-project'
import {
  type OpeningTools,
  type Prepared,
  prepareFilm,
  prepareProject,
  prepareRecovery,
  workingFolder
} from './opening'
import { RecoveryFiles } from './recovery'
import { copyTakes, makeTakesFolder, removeTakes, takeFilesIn } from './takes'
import { makeFolder } from '../media/output'

export class ProjectStore {
  readonly #tools: OpeningTools
  readonly #recovery: RecoveryFiles
  /** Saves and autosaves one after the other. */
  readonly #writes = new PQueue({ concurrency: 1 })
  #open: OpenProject | null = null

  constructor(tools: OpeningTools) {
    this.#tools = tools
    this.#recovery = new RecoveryFiles(join(tools.userDataFolder, 'recovery'))
  }

  /** @throws FoleyError `request.invalid` when none is open */
  get current(): Readonly<OpenProject> {
    return this.#must()
  }

  get isOpen(): boolean {
    return this.#open !== null
  }

  /** A film or a project file. @throws FoleyError `input.*`, `project.*` */
  async prepare(path: string): Promise<Prepared | MissingMedia> {
    return isProjectPath(path) ? this.#prepareProject(path) : prepareFilm(path, this.#tools)
  }

  /** `projectPath` as {@link MissingMedia} gave it: of a project, or of a recovery file of one that was never saved. */
  async prepareRelinked(projectPath: string, mediaPath: string): Promise<Prepared | MissingMedia> {
    const id = basename(projectPath, '.json')
    if (projectPath === this.#recovery.pathOf(id)) return this.prepareRecovered(id, mediaPath)
    return this.#prepareProject(projectPath, mediaPath)
  }

  async prepareRecovered(id: string, mediaPath?: string): Promise<Prepared | MissingMedia> {
    if (id === this.#open?.id) throw isOpenNow(id)
    return prepareRecovery(await this.#recovery.read(id), this.#recovery.pathOf(id), this.#tools, mediaPath)
  }

  /** A project that a crash left with unsaved work is opened with that work: opening the older state would lose it. */
  async #prepareProject(path: string, mediaPath?: string): Promise<Prepared | MissingMedia> {
    const prepared = await prepareProject(path, this.#tools, mediaPath)
    if ('missing' in prepared || prepared.document.id === this.#open?.id) return prepared
    const recovery = await this.#recovery.read(prepared.document.id).catch(() => undefined)
    if (!recovery) return prepared
    if (recovery.projectPath !== prepared.path) throw hasUnsavedSibling(path, recovery.projectPath)
    const recovered = await this.prepareRecovered(prepared.document.id, prepared.film.path)
    if ('missing' in recovered) return prepared
    const message =
      'This project holds work that was not saved before the application ended. Save to keep it; close without saving to go back.'
    return { ...recovered, warnings: [...recovered.warnings, message] }
  }

  /** Makes it the open project; the one before must be closed. */
  enter(prepared: Prepared): void {
    this.#open = openProject(prepared)
  }

  /** Where a job writes its takes: there is a folder then. @throws FoleyError `request.invalid`, `output.*` */
  async readyTakesFolder(): Promise<void> {
    const [folder] = this.#must().takesFolders
    const working = join(this.#tools.userDataFolder, 'projects')
    if (folder.startsWith(working)) await makeFolder(dirname(folder))
    await makeTakesFolder(folder)
  }

  /** Tells of takes that a job made; those that it wrote to a folder of before a save come along. */
  async adopt(takes: readonly Take[]): Promise<void> {
    const open = this.#open
    // A save under way moves to another folder: only after it is known where these belong.
    await this.#inTurn(async () => {
      if (!open || this.#open !== open) return
      for (const take of takes) {
        open.takes.set(take.id, take)
        open.madeTakes.add(take.id)
      }
      const [current, ...earlier] = open.takesFolders
      const ids = new Set(takes.map(({ id }) => id))
      for (const folder of earlier) await copyTakes(folder, current, ids)
    })
  }

  /** A take of the open project and its WAV; undefined for any other id. */
  take(id: string): { readonly take: Take; readonly wavPath: string } | undefined {
    const take = this.#open?.takes.get(id)
    return this.#open && take ? { take, wavPath: join(this.#open.takesFolders[0], `${id}.wav`) } : undefined
  }

  /** Where Save As begins. */
  get suggestedPath(): string {
    const { path, film } = this.#must()
    return path ?? join(dirname(film.path), withProjectExtension(basename(film.path, extname(film.path))))
  }

  /**
   * Writes the project to `path` (its extension is added) and its takes beside it. The earlier project stays as it is
   * until the new file is complete.
   *
   * @throws FoleyError `request.invalid`, `project.unwritable`, `output.disk-full`, `output.failed`
   */
  async save(document: ProjectDocument, path: string): Promise<string> {
    const target = withProjectExtension(path)
    return this.#inTurn(() => savingProject(target, () => this.#save(this.#own(document), target)))
  }

  async #save(document: ProjectDocument, target: string): Promise<string> {
    const open = this.#must()
    const problem = inconsistency(document)
    if (problem !== undefined) {
      throw new FoleyError(
        'request.invalid',
        `The project cannot be saved: ${problem}.`,
        'Undo the last edit and save.'
      )
    }
    const folder = takesFolderOf(target)
    // All of the session, not only those in use: undo may bring any back.
    const known = new Set([...open.takes.keys(), ...Object.keys(document.takes)])
    for (const from of open.takesFolders) await copyTakes(from, folder, known)
    await writeProject(target, document)
    open.path = target
    open.takesFolders = [folder, ...open.takesFolders.filter((each) => each !== folder)]
    open.savedTakes = new Set(Object.keys(document.takes))
    for (const id of open.savedTakes) open.everSavedTakes.add(id)
    open.settled = JSON.stringify(document)
    await this.#recovery.remove(open.id)
    return target
  }

  /** Keeps what is not saved for after a crash; does nothing for what is on disk already or is no longer open. */
  async autosave(document: ProjectDocument): Promise<void> {
    await this.#inTurn(async () => {
      const open = this.#open
      if (open?.id !== document.id) return
      const own = this.#own(document)
      if (JSON.stringify(own) === open.settled) return this.#recovery.remove(open.id)
      await this.#recovery.write({
        savedAt: new Date().toISOString(),
        projectPath: open.path,
        takesFolder: open.takesFolders[0],
        document: own
      })
    })
  }

  /** What crashes left, without the open project. */
  async recoverable(): Promise<Recoverable[]> {
    return (await this.#recovery.list()).filter(({ id }) => id !== this.#open?.id)
  }

  /** Throws away what a crash left, with the takes that no saved project has. */
  async forget(id: string): Promise<void> {
    if (id === this.#open?.id) throw isOpenNow(id)
    const recovery = await this.#recovery.read(id).catch(() => undefined)
    await this.#recovery.remove(id)
    if (recovery && recovery.projectPath !== null) {
      const saved = await savedTakesOf(recovery.projectPath)
      const unsaved = new Set(Object.keys(recovery.document.takes).filter((each) => saved?.has(each) === false))
      await removeTakes(recovery.takesFolder, (takeId) => unsaved.has(takeId))
    }
    await this.#removeWorkingFolder(id)
  }

  /** Removes takes that neither the document nor the saved file references. @throws FoleyError `request.invalid` */
  async cleanUp(document: ProjectDocument): Promise<{ removed: number; bytes: number }> {
    return this.#inTurn(async () => {
      const open = this.#must()
      const used = new Set(Object.keys(this.#own(document).takes))
      // Closing without saving goes back to the file, which must find its takes.
      const isUnused = (id: string): boolean => !used.has(id) && !open.savedTakes.has(id)
      let [removed, bytes] = [0, 0]
      for (const folder of open.takesFolders.filter((each) => this.#isOurs(each, open))) {
        const ids = await takeFilesIn(folder)
        const report = await removeTakes(folder, isUnused)
        for (const { takeId } of ids) if (isUnused(takeId)) open.takes.delete(takeId)
        removed = Math.max(removed, report.removed)
        bytes += report.bytes
      }
      return { removed, bytes }
    })
  }

  /** A clean close: what was not saved is gone. `next` is about to be entered, and keeps what it found. */
  async close(next?: Prepared): Promise<void> {
    await this.#inTurn(async () => {
      const open = this.#open
      if (!open) return
      this.#open = null
      // The same project, opened again: what it found is needed, what it did not is gone for good.
      const isSame = next?.document.id === open.id
      if (!(isSame && next.dirty)) await this.#recovery.remove(open.id)
      const isUnsaved = (id: string): boolean =>
        open.madeTakes.has(id) && !open.everSavedTakes.has(id) && !(isSame && id in next.document.takes)
      for (const folder of open.takesFolders) await removeTakes(folder, isUnsaved)
      if (!isSame) await this.#removeWorkingFolder(open.id)
    })
  }

  /** The window lost its page: nothing is open, and what was not saved waits to be recovered. */
  async abandon(): Promise<void> {
    await this.#inTurn(() => Promise.resolve(void (this.#open = null)))
  }

  /** Removes working folders of projects that ended without anything to recover. Called once, at the start. */
  async sweep(): Promise<void> {
    const kept = new Set(await this.#recovery.ids())
    const names = await readdir(join(this.#tools.userDataFolder, 'projects')).catch(() => [])
    for (const name of names) if (!kept.has(name)) await this.#removeWorkingFolder(name)
  }

  /** Waits for writes that are under way. */
  async settle(): Promise<void> {
    await this.#writes.onIdle()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#writes.add(work, { throwOnTimeout: true })
  }

  /** Folders of other projects, left by Save As, are not touched. */
  #isOurs(folder: string, { id, path }: OpenProject): boolean {
    const own = join(workingFolder(this.#tools.userDataFolder, id), 'takes')
    return folder === own || (path !== null && folder === takesFolderOf(path))
  }

  /** The window edits everything but which film it is. */
  #own(document: ProjectDocument): ProjectDocument {
    const { id, media } = this.#must()
    if (document.id === id) return { ...document, media }
    throw new FoleyError(
      'request.invalid',
      `Project ${document.id} is not open; ${id} is.`,
      'Open the project again and repeat the edit.'
    )
  }

  async #removeWorkingFolder(id: string): Promise<void> {
    await rm(workingFolder(this.#tools.userDataFolder, id), { recursive: true, force: true })
  }

  #must(): OpenProject {
    if (this.#open) return this.#open
    throw new FoleyError('request.invalid', 'No film is open.', 'Open a film or a project first.')
  }
}

const hasUnsavedSibling = (path: string, other: string | null): FoleyError =>
  new FoleyError(
    'request.invalid',
    `${path} is another version of ${other === null ? 'a project' : basename(other)} that holds work that was not saved before the application ended.`,
    'Recover that work or discard it on the first screen; then open this one.'
  )

const isOpenNow = (id: string): FoleyError =>
  new FoleyError('request.invalid', `Project ${id} is open: there is nothing to recover.`, 'Close it first.')
