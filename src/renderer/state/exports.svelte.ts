/** The export of the open project: it goes on, and its report stays, whether or not the dialog is open. And single WAVs. */
import type { ExportReport, JobUpdate, SoundPlace } from '@shared/ipc'
import type { ProjectDocument } from '@shared/project'
import type { Ask } from './bridge'
import type { JobsState } from './jobs.svelte'
import type { Notices } from './notices.svelte'

export interface ExportsOptions {
  readonly ask: Ask
  readonly jobs: JobsState
  readonly notices: Notices
  /** Whether its end is seen without a notice. */
  readonly isDialogOpen: () => boolean
}

export class Exports {
  readonly #options: ExportsOptions
  #jobId: string | null
  #report: ExportReport | null
  /** The notice of an export that failed: gone when it is tried again. */
  #failure: number | null = null

  constructor(options: ExportsOptions) {
    this.#options = options
    this.#jobId = $state.raw(null)
    this.#report = $state.raw(null)
  }

  /** Of the last export of this project, since it was opened. */
  get report(): ExportReport | null {
    return this.#report
  }

  get isUnderWay(): boolean {
    return this.#jobId !== null
  }

  /** Null while the system's dialog asks where the film goes. */
  get job(): JobUpdate | null {
    return this.#options.jobs.list.find(({ jobId }) => jobId === this.#jobId) ?? null
  }

  /** Returns whether there is a new report. One at a time: while one is under way it asks for nothing. */
  async run(document: ProjectDocument): Promise<boolean> {
    if (this.#jobId !== null) return false
    const jobId = crypto.randomUUID()
    this.#jobId = jobId
    if (this.#failure !== null) this.#options.notices.remove(this.#failure)
    const report = await this.#ask(jobId, document)
    if (this.#jobId !== jobId) return false
    this.#jobId = null
    if (!report) return false
    this.#report = report
    if (!this.#options.isDialogOpen()) this.#tell(report)
    return true
  }

  cancel(): void {
    if (this.#jobId !== null) this.#options.jobs.cancel(this.#jobId)
    this.#jobId = null
  }

  /** Another project, or none. */
  forget(): void {
    this.#jobId = null
    this.#report = null
  }

  /** What dragging it out of the window gives, for who does not drag: a dialog asks where it goes. */
  async saveWav(place: SoundPlace): Promise<void> {
    try {
      const saved = await this.#options.ask('sound:save', place)
      if (saved) this.#tell(saved)
    } catch (error) {
      this.#options.notices.report(error)
    }
  }

  /** Shows a file that was written in the system's file manager. */
  async show({ path }: Pick<ExportReport, 'path'>): Promise<void> {
    try {
      await this.#options.ask('shell:show', { path })
    } catch (error) {
      this.#options.notices.report(error)
    }
  }

  async #ask(jobId: string, document: ProjectDocument): Promise<ExportReport | null> {
    try {
      return await this.#options.ask('job:export', { jobId, document })
    } catch (error) {
      this.#failure = this.#options.notices.report(error)
      return null
    }
  }

  #tell(report: Pick<ExportReport, 'path' | 'warnings'>): void {
    const { path, warnings } = report
    this.#options.notices.add({
      tone: warnings.length === 0 ? 'info' : 'warning',
      message: `Exported ${path.split(/[\\/]/).at(-1) ?? path}.`,
      ...(warnings.length === 0 ? {} : { action: warnings.join(' ') }),
      button: { label: 'Show in folder', run: () => void this.show(report) }
    })
  }
}
