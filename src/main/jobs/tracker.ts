/** One job as the window sees it: monotonic, at most ten times a second, with an estimate of what is left. */
import type { JobUpdate } from '@shared/ipc'
import type { Phase } from '@shared/progress'

const UPDATE_MS = 100
/** Without news the clock still runs in the window. */
const HEARTBEAT_MS = 500
/** Before this an estimate would be a guess. */
const TELLING_FRACTION = 0.04
const TELLING_SEC = 1
/** Share of a new estimate in the one that is shown. */
const SMOOTHING = 0.25

export type JobIdentity = Pick<JobUpdate, 'jobId' | 'kind' | 'label'>
export type JobEnd = 'done' | 'failed' | 'cancelled'

export class JobTracker {
  readonly #identity: JobIdentity
  readonly #send: (update: JobUpdate) => void
  #state: JobUpdate['state'] = 'queued'
  #phase: Phase | null = null
  #fraction = 0
  #beganMs = 0
  #sentMs = 0
  #isNews = false
  #remainingSec: number | null = null
  #timer: NodeJS.Timeout | undefined

  /** Says at once that it is queued. */
  constructor(identity: JobIdentity, send: (update: JobUpdate) => void) {
    this.#identity = identity
    this.#send = send
    this.#tell()
  }

  get isOver(): boolean {
    return this.#state !== 'queued' && this.#state !== 'running'
  }

  begin(): void {
    if (this.#state !== 'queued') return
    this.#state = 'running'
    this.#beganMs = performance.now()
    this.#tell()
    this.#timer = setInterval(() => this.#tick(), UPDATE_MS)
    this.#timer.unref()
  }

  /** `fraction` is of the whole job. What would go back is not told. */
  report(phase: Phase, fraction: number): void {
    if (this.#state !== 'running') return
    this.#isNews = true
    this.#phase = phase
    this.#fraction = Math.max(this.#fraction, Math.min(fraction, 0.999))
    this.#tick()
  }

  end(state: JobEnd): void {
    if (this.isOver) return
    clearInterval(this.#timer)
    this.#state = state
    if (state === 'done') this.#fraction = 1
    this.#tell()
  }

  #tick(): void {
    const sinceMs = performance.now() - this.#sentMs
    if (sinceMs >= (this.#isNews ? UPDATE_MS : HEARTBEAT_MS)) this.#tell()
  }

  #tell(): void {
    const now = performance.now()
    const elapsedSec = this.#beganMs === 0 ? 0 : (now - this.#beganMs) / 1000
    const sinceSec = this.#sentMs === 0 ? 0 : (now - this.#sentMs) / 1000
    this.#sentMs = now
    this.#isNews = false
    this.#estimate(elapsedSec, sinceSec)
    const isRunning = this.#state === 'running'
    this.#send({
      ...this.#identity,
      state: this.#state,
      phase: this.#phase,
      fraction: this.#fraction,
      elapsedSec,
      remainingSec: isRunning ? this.#remainingSec : null
    })
  }

  #estimate(elapsedSec: number, sinceSec: number): void {
    if (this.#fraction < TELLING_FRACTION || elapsedSec < TELLING_SEC) return
    const estimate = (elapsedSec * (1 - this.#fraction)) / this.#fraction
    const counted = this.#remainingSec === null ? estimate : Math.max(0, this.#remainingSec - sinceSec)
    this.#remainingSec = counted + SMOOTHING * (estimate - counted)
  }
}
