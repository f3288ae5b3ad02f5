/**
 * The one engine process of the window: started when it is first needed or soon will be, started again after a crash,
 * loaded anew when pack, provider or threads changed. Its users take turns (the queue's engine lane).
 */
import { isAbort, toReport } from '@shared/errors'
import type { EngineStatus } from '@shared/ipc'
import type { EngineExit, EngineFork } from '../engine/connection'
import { EngineHost } from '../engine/host'
import type { EngineInfo, LoadRequest, ReadyEngine } from '../engine/types'

/** With the kill itself, the CPU is free within a second of a cancel. */
const CANCEL_GRACE_MS = 400

export interface EngineKeeperOptions {
  readonly fork: EngineFork
  /** What should be loaded now. */
  readonly wanted: () => LoadRequest
  readonly send: (status: EngineStatus) => void
  readonly log: (level: 'info' | 'warn' | 'error', message: string, detail?: unknown) => void
}

interface Loaded extends ReadyEngine {
  readonly engine: EngineHost
  readonly key: string
}

const IDLE: EngineStatus = { state: 'idle', pack: null, provider: null, reason: null }

export class EngineKeeper {
  readonly #options: EngineKeeperOptions
  #host: EngineHost | undefined
  #loaded: Loaded | undefined
  /** Hosts whose end is our own doing. */
  readonly #ended = new WeakSet<EngineHost>()
  #signal: AbortSignal | undefined
  #users = 0
  /** A load that nobody waits for yet. */
  #warming: { readonly abort: () => void; readonly over: Promise<unknown> } | undefined

  constructor(options: EngineKeeperOptions) {
    this.#options = options
  }

  /** Of the running process; undefined when none runs. */
  get pid(): number | undefined {
    return this.#host?.pid
  }

  get isLoaded(): boolean {
    return this.#loaded !== undefined && this.pid !== undefined
  }

  /** Loads what is wanted for whoever will need it. What fails is logged, and told to who needs it. */
  warmUp(): void {
    if (this.#users > 0 || this.#warming) return
    const controller = new AbortController()
    const over = this.#load(controller.signal, () => IDLE)
      .then(
        () => undefined,
        (error: unknown) => {
          if (!controller.signal.aborted) this.#options.log('info', 'the pack could not be loaded ahead', error)
        }
      )
      .finally(() => (this.#warming = undefined))
    this.#warming = { abort: () => controller.abort(), over }
  }

  /** Works with the engine, loading it before where that is needed. Errors: those of {@link EngineHost.load}. */
  async use<T>(signal: AbortSignal, work: (ready: ReadyEngine) => Promise<T>): Promise<T> {
    this.#signal = signal
    this.#users += 1
    try {
      return await work(await this.#ready(signal))
    } finally {
      this.#users -= 1
      // A death after this is no cancel's.
      this.#signal = undefined
    }
  }

  /** What is loaded no longer counts. Whoever works with it now may finish; the next use loads anew. */
  async reset(): Promise<void> {
    if (this.#users === 0) await this.dispose()
  }

  /** Ends the process; the next use starts another. */
  async dispose(): Promise<void> {
    const warming = this.#warming
    warming?.abort()
    await this.#end()
    await warming?.over
  }

  async #end(): Promise<void> {
    const host = this.#host
    this.#host = undefined
    this.#loaded = undefined
    if (!host) return
    this.#ended.add(host)
    await host.dispose()
    this.#options.send(IDLE)
  }

  async #ready(signal: AbortSignal): Promise<ReadyEngine> {
    await this.#warming?.over
    return this.#load(signal, (error) =>
      isAbort(error) ? IDLE : { ...IDLE, state: 'failed', reason: sentence(toReport(error)) }
    )
  }

  /** Where it fails `told` is what the window is told. */
  async #load(signal: AbortSignal, told: (error: unknown) => EngineStatus): Promise<ReadyEngine> {
    const request = this.#options.wanted()
    const key = JSON.stringify(request)
    if (this.#loaded?.key === key && this.#loaded.engine.pid !== undefined) return this.#loaded
    await this.#end()
    signal.throwIfAborted()
    this.#options.send({ ...IDLE, state: 'loading' })
    const engine = this.#newHost()
    this.#host = engine
    try {
      const info = await engine.load(request, { signal })
      this.#loaded = { engine, info, key }
      if (info.providerDetail !== undefined) this.#options.log('info', 'no faster provider', info.providerDetail)
      this.#options.send(statusOf(info))
      return this.#loaded
    } catch (error) {
      await this.#evict(engine)
      this.#options.send(told(error))
      throw error
    }
  }

  /** A load that failed is forgotten, so that a retry works. */
  async #evict(engine: EngineHost): Promise<void> {
    this.#ended.add(engine)
    if (this.#host === engine) this.#host = undefined
    await engine.dispose()
  }

  #newHost(): EngineHost {
    const { fork, log } = this.#options
    const host: EngineHost = new EngineHost({
      cancelGraceMs: CANCEL_GRACE_MS,
      fork: () => {
        const child = fork()
        log('info', `engine process ${child.pid ?? 'without id'} started`)
        child.onExit((exit) => this.#exited(host, child.pid, exit))
        return child
      }
    })
    return host
  }

  #exited(host: EngineHost, pid: number | undefined, { code, signal, lastWords }: EngineExit): void {
    const { log, send } = this.#options
    const how = signal ?? (code === null ? 'could not be started' : `exit code ${code}`)
    const isOurs = this.#ended.has(host) || this.#signal?.aborted === true
    log(isOurs ? 'info' : 'error', `engine process ${pid ?? 'without id'} ended: ${how}`, lastWords)
    if (this.#host !== host) return
    this.#loaded = undefined
    if (isOurs) send(IDLE)
    else
      send({ ...IDLE, state: 'failed', reason: `The engine's process ended (${how}). The next job starts it again.` })
  }
}

function statusOf({ manifest, provider, providerReason }: EngineInfo): EngineStatus {
  return {
    state: 'ready',
    pack: `${manifest.id} ${manifest.version}`,
    provider,
    reason: providerReason ?? null
  }
}

const sentence = ({ message, action }: { readonly message: string; readonly action: string }): string =>
  `${message} ${action}`
