/**
 * The application's side of the engine's process: starts it, asks one thing at a time of it, cancels, kills, restarts.
 *
 * A crash rejects what was being asked with `engine.crashed`; the next request starts the process again and loads the
 * same pack. A cancelled request gets a message first and, if the process does not answer in time (a run blocks its
 * thread), a kill.
 */
import { FoleyError } from '@shared/errors'
import { EngineConnection, type EngineFork } from './connection'
import { Credits, deferred, Turns } from './flow-control'
import { endsJob, FRAME_MESSAGES_IN_FLIGHT, owned, type EngineCommand, type EngineEvent } from './protocol'
import type {
  EncodedFilm,
  EncodeOptions,
  EngineInfo,
  GeneratedPart,
  GenerationRequest,
  InferenceEngine,
  JobOptions,
  LoadRequest,
  RgbFrame
} from './types'

const FRAME_MESSAGE_BYTES = 1024 * 1024

export interface EngineHostOptions {
  readonly fork: EngineFork
  /** How long a cancelled job may take to end by itself before the process is killed. */
  readonly cancelGraceMs?: number
}

/** A command that starts a job, without its number. */
type Start =
  | { readonly type: 'load'; readonly request: LoadRequest }
  | { readonly type: 'encode'; readonly expectedFrames?: number }
  | { readonly type: 'generate'; readonly request: GenerationRequest }

interface RunningJob {
  readonly events: AsyncGenerator<EngineEvent, void, undefined>
  readonly post: (command: JobCommand) => void
}

type JobCommand =
  | { readonly type: 'frames'; readonly rgb: Uint8Array; readonly count: number }
  | { readonly type: 'frames-end' | 'part-taken' | 'cancel' }

/** Starts an engine process and loads a pack in it. Errors: those of {@link EngineHost.load}; nothing is left running. */
export async function openEngineHost(
  fork: EngineFork,
  request: LoadRequest,
  signal?: AbortSignal
): Promise<{ readonly info: EngineInfo; readonly engine: EngineHost }> {
  const engine = new EngineHost({ fork })
  try {
    return { info: await engine.load(request, signal ? { signal } : {}), engine }
  } catch (error) {
    await engine.dispose()
    throw error
  }
}

export class EngineHost implements InferenceEngine {
  readonly #options: EngineHostOptions
  readonly #turns = new Turns()
  #connection: EngineConnection | undefined
  #wanted: LoadRequest | undefined
  #jobs = 0
  #disposed = false

  constructor(options: EngineHostOptions) {
    this.#options = options
  }

  /** Of the running process; undefined when none runs. */
  get pid(): number | undefined {
    return this.#connection?.alive ? this.#connection.pid : undefined
  }

  /** Loads a pack, instead of the one before. Errors: those of `Engine.load`, and `engine.crashed`. */
  async load(request: LoadRequest, options: JobOptions = {}): Promise<EngineInfo> {
    const done = await this.#turns.next(options.signal)
    try {
      this.#wanted = undefined
      const info = await this.#load(request, options)
      this.#wanted = request
      return info
    } finally {
      done()
    }
  }

  /** Frames are sent as fast as they are consumed, no faster. */
  async encode(frames: AsyncIterable<RgbFrame>, options: EncodeOptions = {}): Promise<EncodedFilm> {
    const done = await this.#turns.next(options.signal)
    try {
      await this.#ensureLoaded(options.signal)
      const { expectedFrames } = options
      const job = this.#start({ type: 'encode', ...(expectedFrames === undefined ? {} : { expectedFrames }) }, options)
      return await this.#encode(job, frames, options)
    } finally {
      done()
    }
  }

  /** Parts are produced as fast as they are consumed; a consumer that stops early cancels the rest. */
  async *generate(
    request: GenerationRequest,
    options: JobOptions = {}
  ): AsyncGenerator<GeneratedPart, void, undefined> {
    const done = await this.#turns.next(options.signal)
    try {
      await this.#ensureLoaded(options.signal)
      const job = this.#start({ type: 'generate', request: sendable(request) }, options)
      for await (const event of job.events) {
        if (event.type !== 'part') continue
        yield event.part
        if (event.part.kind !== 'summary') job.post({ type: 'part-taken' })
      }
    } finally {
      done()
    }
  }

  /** Ends the process; what it is doing is rejected. The host cannot be used afterwards. */
  async dispose(): Promise<void> {
    this.#disposed = true
    await this.#connection?.kill()
  }

  async #load(request: LoadRequest, options: JobOptions): Promise<EngineInfo> {
    for await (const event of this.#start({ type: 'load', request }, options).events) {
      if (event.type === 'loaded') return event.info
    }
    throw new Error('unreachable: a job that ends well says so')
  }

  async #ensureLoaded(signal: AbortSignal | undefined): Promise<void> {
    if (this.#connection?.alive && this.#wanted) return
    if (!this.#wanted) {
      throw new FoleyError('request.invalid', 'No model pack is loaded.', 'Load one first.')
    }
    await this.#load(this.#wanted, signal ? { signal } : {})
  }

  #connect(): EngineConnection {
    if (this.#disposed) throw new Error('the engine host was used after it was disposed')
    if (!this.#connection?.alive) this.#connection = new EngineConnection(this.#options.fork())
    return this.#connection
  }

  #start(command: Start, options: JobOptions): RunningJob {
    options.signal?.throwIfAborted()
    const job = ++this.#jobs
    const connection = this.#connect()
    const events = this.#events(connection, { ...command, job }, options)
    return { events, post: (message) => connection.post({ ...message, job }) }
  }

  /** The events of a job up to its end. However the consumer leaves, the process is free (or gone) afterwards. */
  async *#events(
    connection: EngineConnection,
    command: EngineCommand,
    { signal, onProgress }: JobOptions
  ): AsyncGenerator<EngineEvent, void, undefined> {
    signal?.throwIfAborted()
    const over = deferred()
    let ended = false
    let deadline: NodeJS.Timeout | undefined
    const inbox = connection.open(command.job, () => {
      ended = true
      clearTimeout(deadline)
      over.resolve()
    })
    const cancel = (): void => {
      if (ended || deadline) return
      connection.post({ type: 'cancel', job: command.job })
      deadline = setTimeout(() => void connection.kill(), this.#options.cancelGraceMs ?? 500)
    }
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      connection.post(command)
      for await (const event of inbox) {
        signal?.throwIfAborted()
        if (event.type === 'failed') throw FoleyError.fromReport(event.error)
        if (event.type === 'progress') onProgress?.(event.progress)
        else yield event
        if (endsJob(event)) return
      }
    } catch (error) {
      // A kill that was asked for is no crash.
      signal?.throwIfAborted()
      throw error
    } finally {
      signal?.removeEventListener('abort', cancel)
      cancel()
      await over.promise
      clearTimeout(deadline)
      connection.close(command.job)
    }
  }

  async #encode(job: RunningJob, frames: AsyncIterable<RgbFrame>, options: JobOptions): Promise<EncodedFilm> {
    const credits = new Credits(FRAME_MESSAGES_IN_FLIGHT)
    const stopped = new Error('the encoder has stopped')
    // A stream that fails (ffmpeg died) cancels the job; the job's own failure stops the stream.
    const sending = sendFrames(frames, job, credits).catch((error: unknown) => {
      if (error === stopped) return undefined
      job.post({ type: 'cancel' })
      return { error }
    })
    try {
      for await (const event of job.events) {
        if (event.type === 'frames-taken') credits.give()
        else if (event.type === 'encoded') return event.film
        else if (event.type === 'aborted') break
      }
    } finally {
      credits.fail(stopped)
      await sending
    }
    options.signal?.throwIfAborted()
    const failure = await sending
    throw failure ? failure.error : new Error('unreachable: a job is aborted by its signal or by its stream')
  }
}

async function sendFrames(frames: AsyncIterable<RgbFrame>, job: RunningJob, credits: Credits): Promise<undefined> {
  let batch: RgbFrame[] = []
  let bytes = 0
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    await credits.take()
    const rgb = new Uint8Array(bytes)
    let offset = 0
    for (const frame of batch) {
      rgb.set(frame.rgb, offset)
      offset += frame.rgb.length
    }
    job.post({ type: 'frames', rgb, count: batch.length })
    batch = []
    bytes = 0
  }
  for await (const frame of frames) {
    credits.throwIfFailed()
    batch.push(frame)
    bytes += frame.rgb.length
    if (bytes >= FRAME_MESSAGE_BYTES) await flush()
  }
  await flush()
  job.post({ type: 'frames-end' })
}

function sendable(request: GenerationRequest): GenerationRequest {
  const { features, known } = request
  return {
    ...request,
    features: owned(features),
    ...(known ? { known: { fromLatent: known.fromLatent, latents: owned(known.latents) } } : {})
  }
}
