/** Seconds by phase. Phases may interleave (frames are decoded while others are encoded). */
import type { Phase } from '@shared/progress'
import { TIMED } from '@shared/requests'

export class Stopwatch {
  readonly #seconds = new Map<Phase, number>()
  readonly #began = performance.now()

  add(phase: Phase, seconds: number): void {
    this.#seconds.set(phase, (this.#seconds.get(phase) ?? 0) + seconds)
  }

  async time<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const began = performance.now()
    try {
      return await work()
    } finally {
      this.add(phase, (performance.now() - began) / 1000)
    }
  }

  /** Charges `phase` with the time spent waiting for each item. */
  async *waitingFor<T>(phase: Phase, items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    let began = performance.now()
    for await (const item of items) {
      this.add(phase, (performance.now() - began) / 1000)
      yield item
      began = performance.now()
    }
    this.add(phase, (performance.now() - began) / 1000)
  }

  seconds(phase: Phase): number {
    return this.#seconds.get(phase) ?? 0
  }

  report(): Record<(typeof TIMED)[number], number> {
    const total = (performance.now() - this.#began) / 1000
    const entries = TIMED.map((name) => [name, name === 'total' ? total : this.seconds(name)] as const)
    return Object.fromEntries(entries.map(([name, value]) => [name, Math.round(value * 1000) / 1000])) as Record<
      (typeof TIMED)[number],
      number
    >
  }
}
