/** The engine's side of the protocol: commands in, events out. Knows no transport; `process.ts` gives it one. */
import { isAbort, toReport } from '@shared/errors'
import { Engine } from './engine'
import { AsyncQueue, Credits } from './flow-control'
import { PARTS_IN_FLIGHT, type EngineCommand, type EngineEvent } from './protocol'
import type { JobOptions, RgbFrame } from './types'

type Command<T extends EngineCommand['type']> = Extract<EngineCommand, { readonly type: T }>
type Starting = Command<'load' | 'encode' | 'generate'>

interface Job {
  readonly controller: AbortController
  readonly frames: AsyncQueue<Command<'frames'>>
  readonly parts: Credits
}

export class EngineService {
  readonly #post: (event: EngineEvent) => void
  readonly #jobs = new Map<number, Job>()
  #engine: Engine | undefined

  constructor(post: (event: EngineEvent) => void) {
    this.#post = post
  }

  handle(command: EngineCommand): void {
    const job = this.#jobs.get(command.job)
    switch (command.type) {
      case 'load':
      case 'encode':
      case 'generate':
        void this.#start(command)
        return
      case 'frames':
        job?.frames.push(command)
        return
      case 'frames-end':
        job?.frames.end()
        return
      case 'part-taken':
        job?.parts.give()
        return
      case 'cancel':
        if (job) cancel(job)
    }
  }

  async #start(command: Starting): Promise<void> {
    const job: Job = {
      controller: new AbortController(),
      frames: new AsyncQueue(),
      parts: new Credits(PARTS_IN_FLIGHT)
    }
    this.#jobs.set(command.job, job)
    try {
      this.#post(await this.#run(command, job))
    } catch (error) {
      const aborted = job.controller.signal.aborted && isAbort(error)
      this.#post(
        aborted ? { type: 'aborted', job: command.job } : { type: 'failed', job: command.job, error: toReport(error) }
      )
    } finally {
      this.#jobs.delete(command.job)
    }
  }

  /** Runs a job to its last event. */
  async #run(command: Starting, job: Job): Promise<EngineEvent> {
    const options: JobOptions = {
      signal: job.controller.signal,
      onProgress: (progress) => this.#post({ type: 'progress', job: command.job, progress })
    }
    switch (command.type) {
      case 'load':
        return this.#load(command, options)
      case 'encode': {
        const { expectedFrames } = command
        const film = await this.#loaded().encode(this.#unpack(command.job, job), {
          ...options,
          ...(expectedFrames === undefined ? {} : { expectedFrames })
        })
        return { type: 'encoded', job: command.job, film }
      }
      case 'generate':
        for await (const part of this.#loaded().generate(command.request, options)) {
          // The summary is no data and must not wait for a consumer that is done.
          if (part.kind !== 'summary') await job.parts.take()
          this.#post({ type: 'part', job: command.job, part })
        }
        return { type: 'done', job: command.job }
    }
  }

  async #load(command: Command<'load'>, options: JobOptions): Promise<EngineEvent> {
    const before = this.#engine
    this.#engine = undefined
    await before?.dispose()
    this.#engine = await Engine.load(command.request, options)
    return { type: 'loaded', job: command.job, info: this.#engine.info }
  }

  #loaded(): Engine {
    if (this.#engine) return this.#engine
    throw new Error('the engine was asked to work before it was told to load a pack')
  }

  async *#unpack(id: number, job: Job): AsyncGenerator<RgbFrame, void, undefined> {
    for await (const { rgb, count } of job.frames) {
      const bytes = rgb.length / count
      for (let at = 0; at < rgb.length; at += bytes) yield { rgb: rgb.subarray(at, at + bytes) }
      this.#post({ type: 'frames-taken', job: id })
    }
  }
}

/** Wakes whatever the job waits for. */
function cancel(job: Job): void {
  job.controller.abort()
  job.frames.fail(job.controller.signal.reason)
  job.parts.fail(job.controller.signal.reason)
}
