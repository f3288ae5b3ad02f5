/** One running engine process, seen from the application: what it says, and when it is gone. */
import { FoleyError } from '@shared/errors'
import { AsyncQueue, deferred } from './flow-control'
import { endsJob, isEngineEvent, type EngineCommand, type EngineEvent } from './protocol'

export interface EngineExit {
  readonly code: number | null
  readonly signal: string | null
  /** The end of what it wrote to its standard error. */
  readonly lastWords?: string
}

/** A child process that speaks the protocol. Adapters: `fork-node.ts`, and Electron's in `src/main`. */
export interface EngineChild {
  readonly pid: number | undefined
  postMessage(command: EngineCommand): void
  onMessage(listener: (message: unknown) => void): void
  /** Called once, also when it could not be started at all. */
  onExit(listener: (exit: EngineExit) => void): void
  /** At once, and not to be refused. */
  kill(): void
}

/** Starts the process anew; the entry (the built `process.ts`) is the adapter's business. */
export type EngineFork = () => EngineChild

interface Inbox {
  readonly events: AsyncQueue<EngineEvent>
  readonly onEnd: () => void
}

export class EngineConnection {
  readonly #child: EngineChild
  readonly #inboxes = new Map<number, Inbox>()
  readonly #gone = deferred()
  #crash: FoleyError | undefined

  constructor(child: EngineChild) {
    this.#child = child
    child.onMessage((message) => {
      if (!isEngineEvent(message)) return
      const inbox = this.#inboxes.get(message.job)
      inbox?.events.push(message)
      if (endsJob(message)) inbox?.onEnd()
    })
    child.onExit((exit) => {
      this.#crash = crashed(exit)
      for (const { events, onEnd } of this.#inboxes.values()) {
        events.fail(this.#crash)
        onEnd()
      }
      this.#gone.resolve()
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get alive(): boolean {
    return this.#crash === undefined
  }

  post(command: EngineCommand): void {
    if (this.alive) this.#child.postMessage(command)
  }

  /**
   * Events of one job; fails with `engine.crashed` when the process ends. `onEnd` is called when the job's last event
   * arrives or the process ends, whether or not somebody has taken the events before it. To be closed by who opened it.
   */
  open(job: number, onEnd: () => void): AsyncQueue<EngineEvent> {
    const events = new AsyncQueue<EngineEvent>()
    this.#inboxes.set(job, { events, onEnd })
    if (this.#crash) {
      events.fail(this.#crash)
      onEnd()
    }
    return events
  }

  close(job: number): void {
    this.#inboxes.delete(job)
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    if (this.alive) this.#child.kill()
    await this.#gone.promise
  }
}

function crashed({ code, signal, lastWords }: EngineExit): FoleyError {
  const how =
    signal !== null ? `was ended by ${signal}` : code !== null ? `ended with exit code ${code}` : 'could not be started'
  return new FoleyError(
    'engine.crashed',
    `The engine's process ${how} in the middle of its work.`,
    'Try again: it is started anew. If it happens again, close other programs to free memory, or choose the CPU (in the settings, or with --provider cpu).',
    lastWords === undefined || lastWords === '' ? {} : { detail: lastWords }
  )
}
