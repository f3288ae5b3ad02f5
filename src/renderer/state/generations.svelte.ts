/**
 * Takes that were asked for, drawn one after the other.
 *
 * [Note: a wish until its turn] What waits is not a job of the main process yet. Its context, range and sync points are
 * read from the document when its turn comes, so that it joins the sound that the one before it made, not what that one
 * replaced. Its settings and seeds are those of the moment it was asked for.
 */
import type { GenerateJob, JobUpdate } from '@shared/ipc'
import { bestTake } from '../edits/best-take'
import { placeTakes } from '../edits/regions'
import type { Ask } from './bridge'
import { generateJob, SHORTEST_DRAWN_SAMPLES, targetNow, type Target } from './generation'
import type { JobsState } from './jobs.svelte'
import type { Notices } from './notices.svelte'
import type { ProjectState, Selection } from './project.svelte'

export interface GenerationsOptions {
  readonly ask: Ask
  readonly jobs: JobsState
  readonly notices: Notices
  /** The open one. */
  readonly project: () => ProjectState | null
  /** Resolves when no other film is being opened: until then nobody knows whose turn it is. */
  readonly settled: () => Promise<unknown>
  /** Resolves when nothing is being dragged: what is dragged must not be changed under the hand, nor its step be split. */
  readonly released: () => Promise<void>
}

interface Wish {
  readonly jobId: string
  readonly project: ProjectState
  readonly target: Target
  readonly seeds: readonly number[]
  readonly selection: Selection
}

export class Generations {
  readonly #options: GenerationsOptions
  #last: Promise<void> = Promise.resolve()
  #drawn: Target | null

  constructor(options: GenerationsOptions) {
    this.#options = options
    this.#drawn = $state.raw(null)
  }

  /** Where new sound is being drawn now. */
  get drawn(): Target | null {
    return this.#drawn
  }

  /** Resolves when its takes are in the document, or will never be. */
  add(project: ProjectState, target: Target, seeds: readonly number[]): Promise<void> {
    const wish = { jobId: crypto.randomUUID(), project, target, seeds, selection: project.selection }
    this.#options.jobs.update(waiting(wish))
    this.#last = this.#last.then(() => this.#take(wish))
    return this.#last
  }

  async #take(wish: Wish): Promise<void> {
    const { jobs, notices, settled } = this.#options
    try {
      await settled()
      if (this.#isWanted(wish)) await this.#draw(wish)
    } catch (error) {
      notices.report(error)
    } finally {
      this.#drawn = null
      jobs.drop(wish.jobId)
    }
  }

  /** Neither cancelled while it waited, nor of a project that was left. */
  #isWanted({ jobId, project }: Wish): boolean {
    const { jobs } = this.#options
    return this.#options.project() === project && jobs.list.some((job) => job.jobId === jobId)
  }

  async #draw(wish: Wish): Promise<void> {
    const { ask, released } = this.#options
    const { jobId, project, seeds } = wish
    const target = targetNow(project.document, wish.target)
    if (!target) {
      this.#tellGone()
      return
    }
    if (target.toSample - target.fromSample < SHORTEST_DRAWN_SAMPLES) {
      const [message, action] = ['The range is too short.', 'Mark at least 0.1 s.']
      this.#options.notices.add({ tone: 'warning', message, action })
      return
    }
    this.#drawn = target
    const job = generateJob(project.document, target, { jobId, seeds })
    const { takes } = await ask('job:generate', job)
    await released()
    if (!this.#isWanted(wish)) return
    if (targetNow(project.document, target)) place(wish, target, { job, takes })
    else this.#tellGone()
  }

  #tellGone(): void {
    this.#options.notices.add({
      tone: 'warning',
      message: 'Nothing was drawn: where it was to go is no longer there.',
      action: 'Undo brings it back; then generate again.'
    })
  }
}

type Made = { readonly job: GenerateJob; readonly takes: Parameters<typeof placeTakes>[1]['takes'] }

function place({ project, selection }: Wish, target: Target, { job, takes }: Made): void {
  const { trackId, regionIds, isWholeRegion } = target
  const regionId = project.edit(
    (draft) => {
      const region = isWholeRegion ? { regionId: regionIds[0] } : {}
      const heardId = bestTake(draft, target, takes)?.id
      return placeTakes(draft, { ...target, ...region, takes, heardId, settings: job.settings }, project.newId)
    },
    { label: target.isRegeneration ? 'Regenerate' : 'Generate' }
  )
  // Whoever has turned to something else meanwhile is left there.
  if (project.selection === selection) project.select({ kind: 'region', trackId, regionId })
}

/** As the main process would tell it, once it knows. */
const waiting = ({ jobId, seeds }: Wish): JobUpdate => ({
  jobId,
  kind: 'generate',
  state: 'queued',
  label: seeds.length === 1 ? 'Drawing a take' : `Drawing ${seeds.length} takes`,
  phase: null,
  fraction: 0,
  elapsedSec: 0,
  remainingSec: null
})
