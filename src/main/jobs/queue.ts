/**
 * Long work, one after the other in each lane, with progress and a cancel that answers at once.
 *
 * [Note: cancelled at once] The promise of a cancelled job rejects immediately; its lane stays taken until the work has
 * really ended (the engine may have to be killed), so that what comes next meets no leftovers.
 */
import PQueue from 'p-queue'
import { FoleyError, isAbort } from '@shared/errors'
import type { JobUpdate } from '@shared/ipc'
import type { Phase } from '@shared/progress'
import { JobTracker, type JobIdentity } from './tracker'

/** The engine does one thing at a time; a proxy that takes an hour must not hold up an export. */
export type Lane = 'engine' | 'media' | 'background'

export interface JobHandle {
  readonly signal: AbortSignal
  /** `fraction` is of the whole job. */
  readonly report: (phase: Phase, fraction: number) => void
  /** Waits for the lane and works in it. A job may take several turns; a higher priority goes first. */
  readonly turn: <T>(lane: Lane, work: () => Promise<T>, priority?: number) => Promise<T>
}

export interface JobQueueOptions {
  readonly send: (update: JobUpdate) => void
  readonly log: (level: 'info' | 'warn' | 'error', message: string, detail?: unknown) => void
}

interface Running {
  readonly cancel: () => void
  readonly over: Promise<unknown>
}

export class JobQueue {
  readonly #options: JobQueueOptions
  readonly #lanes: Readonly<Record<Lane, PQueue>> = {
    engine: new PQueue({ concurrency: 1 }),
    media: new PQueue({ concurrency: 1 }),
    background: new PQueue({ concurrency: 1 })
  }
  readonly #running = new Map<string, Running>()
  /** Work that still ends after its job was cancelled. */
  readonly #ending = new Set<Promise<unknown>>()

  constructor(options: JobQueueOptions) {
    this.#options = options
  }

  /** Rejects with what `work` throws, or with an AbortError as soon as the job is cancelled. */
  async start<T>(identity: JobIdentity, work: (job: JobHandle) => Promise<T>): Promise<T> {
    const { jobId } = identity
    if (this.#running.has(jobId)) {
      throw new FoleyError('request.invalid', `The job ${jobId} runs already.`, 'Give every job a name of its own.')
    }
    const controller = new AbortController()
    const { signal } = controller
    const tracker = new JobTracker(identity, this.#options.send)
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(asError(signal.reason)), { once: true })
    })
    const working = work(this.#handle(signal, tracker))
    const over = working.then(
      () => undefined,
      () => undefined
    )
    this.#ending.add(over)
    void over.then(() => this.#ending.delete(over))
    const cancel = (): void => {
      tracker.end('cancelled')
      controller.abort()
    }
    this.#running.set(jobId, { cancel, over })
    try {
      const value = await Promise.race([working, aborted])
      tracker.end('done')
      return value
    } catch (error) {
      tracker.end(isAbort(error) ? 'cancelled' : 'failed')
      if (!isAbort(error)) this.#options.log('warn', `${identity.kind} failed`, error)
      throw error
    } finally {
      this.#running.delete(jobId)
    }
  }

  /** Unknown and finished jobs are none to cancel. */
  cancel(jobId: string): void {
    this.#running.get(jobId)?.cancel()
  }

  /** Resolves when nothing works any more. */
  async cancelAll(): Promise<void> {
    for (const { cancel } of [...this.#running.values()]) cancel()
    await Promise.all(this.#ending)
  }

  #handle(signal: AbortSignal, tracker: JobTracker): JobHandle {
    return {
      signal,
      report: (phase, fraction) => tracker.report(phase, fraction),
      turn: (lane, work, priority = 0) =>
        this.#lanes[lane].add(
          async () => {
            signal.throwIfAborted()
            tracker.begin()
            return work()
          },
          { priority, throwOnTimeout: true }
        )
    }
  }
}

const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new DOMException('Cancelled', 'AbortError')
