/** Short messages to the editor: what failed and what to do, or what was done. Read out by screen readers. */
import { isAbort, toReport } from '@shared/errors'

export interface Notice {
  readonly id: number
  readonly tone: 'error' | 'warning' | 'info'
  readonly message: string
  /** What to do next. */
  readonly action?: string
  readonly button?: { readonly label: string; readonly run: () => void }
}

const TELL_US = 'Try it again; if it comes back, report it with logs/main.log of the application’s data folder.'

export class Notices {
  #list: readonly Notice[]
  #next = 1

  constructor() {
    this.#list = $state.raw([])
  }

  get list(): readonly Notice[] {
    return this.#list
  }

  add(notice: Omit<Notice, 'id'>): number {
    const id = this.#next++
    this.#list = [...this.#list.filter(({ message }) => message !== notice.message), { ...notice, id }].slice(-4)
    return id
  }

  remove(id: number): void {
    this.#list = this.#list.filter((each) => each.id !== id)
  }

  /** Shows an error; an abort is none, and that the engine is gone its status tells. Returns what can be removed. */
  report(error: unknown): number | null {
    if (isAbort(error)) return null
    const { code, message, action } = toReport(error)
    if (code === 'engine.crashed') return null
    // The command line's advice for a fault of ours is of no use here.
    return this.add({ tone: 'error', message, action: code === 'internal' ? TELL_US : action })
  }
}
