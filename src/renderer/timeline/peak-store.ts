/** Peaks by sound, loaded once and forgotten when there are too many: a film's are 8 MB an hour. */
import type { PeakPyramid, SoundSource } from '@shared/ipc'

/** Of Float32 peaks. */
const LARGEST_BYTES = 96 * 2 ** 20
/** What is on screen is asked for at every draw and stays, however large: evicting it would load it again at once. */
const IN_USE_MS = 2000
/** A sound that failed to load is asked for again after this, not at every frame. */
const RETRY_MS = 5000

export interface PeakStoreOptions {
  readonly load: (source: SoundSource) => Promise<PeakPyramid>
  /** Something arrived: draw again. */
  readonly onArrival: () => void
  readonly onError: (error: unknown) => void
  readonly largestBytes?: number
  readonly now?: () => number
}

type Entry = { readonly state: 'loading' } | { readonly state: 'failed'; readonly atMs: number } | ReadyEntry

interface ReadyEntry {
  readonly state: 'ready'
  readonly pyramid: PeakPyramid
  readonly bytes: number
  /** Written at every draw, a thousand times when a long film is seen whole: in place, and sorted only to evict. */
  usedMs: number
}

export const keyOf = (source: SoundSource): string => (source.kind === 'take' ? `take ${source.takeId}` : 'original')

export class PeakStore {
  readonly #entries = new Map<string, Entry>()
  readonly #options: Required<PeakStoreOptions>
  #isDisposed = false

  constructor(options: PeakStoreOptions) {
    this.#options = { largestBytes: LARGEST_BYTES, now: () => performance.now(), ...options }
  }

  /** What is known now. Starts loading what is not. */
  get(source: SoundSource): PeakPyramid | undefined {
    const key = keyOf(source)
    const entry = this.#entries.get(key)
    if (entry?.state === 'ready') {
      entry.usedMs = this.#options.now()
      return entry.pyramid
    }
    const isDue = entry?.state === 'failed' && this.#options.now() - entry.atMs >= RETRY_MS
    if (!entry || isDue) void this.#load(key, source)
    return undefined
  }

  get bytes(): number {
    return [...this.#entries.values()].reduce((sum, entry) => sum + (entry.state === 'ready' ? entry.bytes : 0), 0)
  }

  dispose(): void {
    this.#isDisposed = true
    this.#entries.clear()
  }

  async #load(key: string, source: SoundSource): Promise<void> {
    this.#entries.set(key, { state: 'loading' })
    try {
      const pyramid = await this.#options.load(source)
      if (this.#isDisposed) return
      const bytes = pyramid.levels.reduce((sum, level) => sum + level.byteLength, 0)
      this.#entries.set(key, { state: 'ready', pyramid, bytes, usedMs: this.#options.now() })
      this.#evict()
      this.#options.onArrival()
    } catch (error) {
      if (this.#isDisposed) return
      this.#entries.set(key, { state: 'failed', atMs: this.#options.now() })
      this.#options.onError(error)
    }
  }

  /** Least recently used first. */
  #evict(): void {
    let { bytes } = this
    if (bytes <= this.#options.largestBytes) return
    const oldestInUse = this.#options.now() - IN_USE_MS
    const unused = [...this.#entries].flatMap(([key, entry]) =>
      entry.state === 'ready' && entry.usedMs <= oldestInUse ? [{ key, entry }] : []
    )
    for (const { key, entry } of unused.toSorted((a, b) => a.entry.usedMs - b.entry.usedMs)) {
      if (bytes <= this.#options.largestBytes) return
      this.#entries.delete(key)
      bytes -= entry.bytes
    }
  }
}
