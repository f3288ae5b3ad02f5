/** {@link PeakStore} for components: reading from it inside an effect or a derived runs that again when peaks arrive. */
import type { PeakPyramid, SoundSource } from '@shared/ipc'
import { PeakStore, type PeakStoreOptions } from './peak-store'

export class PeakCache {
  readonly #store: PeakStore
  #arrivals: number

  constructor(options: Omit<PeakStoreOptions, 'onArrival'>) {
    this.#arrivals = $state(0)
    this.#store = new PeakStore({ ...options, onArrival: () => (this.#arrivals += 1) })
  }

  /** Reactive. Undefined while it loads. */
  get(source: SoundSource): PeakPyramid | undefined {
    return this.#arrivals >= 0 ? this.#store.get(source) : undefined
  }

  dispose(): void {
    this.#store.dispose()
  }
}
