/** What runs and what waits: the main process's jobs, generations that wait for their turn, and how to cancel them. */
import type { JobUpdate } from '@shared/ipc'
import type { Ask } from './bridge'

export class JobsState {
  #jobs: readonly JobUpdate[]
  /** Left the list, but the main process may still be telling of them: what was under way must not bring them back. */
  readonly #dropped = new Set<string>()
  readonly #ask: Ask

  constructor(ask: Ask) {
    this.#ask = ask
    this.#jobs = $state.raw([])
  }

  /** Queued and running, in order. */
  get list(): readonly JobUpdate[] {
    return this.#jobs
  }

  /** What somebody waits for comes before a film's preview, which is made beside it. */
  get running(): JobUpdate | null {
    const running = this.#jobs.filter(({ state }) => state === 'running')
    return running.find(({ kind }) => kind !== 'proxy') ?? running[0] ?? this.#jobs[0] ?? null
  }

  update(job: JobUpdate): void {
    const others = this.#jobs.filter(({ jobId }) => jobId !== job.jobId)
    const isOver = job.state === 'done' || job.state === 'failed' || job.state === 'cancelled'
    // Its takes are not in the document yet: whoever waits for them drops it then.
    if (job.kind === 'generate' && job.state === 'done') return
    if (isOver) this.#jobs = others
    else if (this.#dropped.has(job.jobId)) return
    else if (others.length === this.#jobs.length) this.#jobs = [...this.#jobs, job]
    else this.#jobs = this.#jobs.map((each) => (each.jobId === job.jobId ? job : each))
  }

  /** Leaves the list; nobody is told. */
  drop(jobId: string): void {
    this.#dropped.add(jobId)
    this.#jobs = this.#jobs.filter((each) => each.jobId !== jobId)
  }

  /** Leaves the list at once; the main process stops the work, if it has begun. */
  cancel(jobId: string): void {
    this.drop(jobId)
    void this.#ask('job:cancel', { jobId })
  }
}
