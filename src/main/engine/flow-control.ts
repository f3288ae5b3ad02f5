/** Small tools for streams across a process border: a queue that can be awaited, credits that bound it, turns. */

export interface Deferred {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/** A promise that is settled from outside (`Promise.withResolvers` comes with Node 22). */
export function deferred(): Deferred {
  let resolve: Deferred['resolve'] | undefined
  let reject: Deferred['reject'] | undefined
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve: () => resolve?.(), reject: (reason) => reject?.(reason) }
}

/** Values pushed from outside, taken by one `for await`. What was pushed before an end or a failure is still given. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #values: T[] = []
  #closed: { readonly error?: unknown; readonly failed: boolean } | undefined
  #wake: (() => void) | undefined

  push(value: T): void {
    if (this.#closed) return
    this.#values.push(value)
    this.#wake?.()
  }

  end(): void {
    this.#close({ failed: false })
  }

  /** The consumer gets `error` after the values that are waiting. */
  fail(error: unknown): void {
    this.#close({ error, failed: true })
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#values.length > 0) yield this.#values.shift()!
      if (this.#closed) {
        if (this.#closed.failed) throw this.#closed.error
        return
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = undefined
    }
  }

  #close(how: { readonly error?: unknown; readonly failed: boolean }): void {
    this.#closed ??= how
    this.#wake?.()
  }
}

/** Permission to send `count` things before the first was acknowledged. */
export class Credits {
  #count: number
  #error: { readonly reason: unknown } | undefined
  readonly #waiting: Deferred[] = []

  constructor(count: number) {
    this.#count = count
  }

  async take(): Promise<void> {
    this.throwIfFailed()
    if (this.#count > 0) {
      this.#count -= 1
      return
    }
    const turn = deferred()
    this.#waiting.push(turn)
    await turn.promise
  }

  give(): void {
    const next = this.#waiting.shift()
    if (next) next.resolve()
    else this.#count += 1
  }

  throwIfFailed(): void {
    if (this.#error) throw this.#error.reason
  }

  /** Whoever waits, now or later, gets `reason`: nobody will acknowledge any more. */
  fail(reason: unknown): void {
    this.#error ??= { reason }
    for (const { reject } of this.#waiting.splice(0)) reject(reason)
  }
}

/** Turns, one after the other: whoever has one calls what it was given to let the next in. */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  /** Resolves when all earlier turns are over; rejects with the signal's reason when it is aborted before that. */
  async next(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted()
    const before = this.#last
    const over = deferred()
    this.#last = over.promise
    try {
      await raceAbort(before, signal)
    } catch (error) {
      void before.then(over.resolve)
      throw error
    }
    return over.resolve
  }
}

async function raceAbort(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return promise
  const aborted = deferred()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
