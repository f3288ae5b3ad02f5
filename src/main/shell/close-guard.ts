/**
 * Keeps the window open while a project is, until the window has asked what becomes of it.
 *
 * The window's side of the conversation: it hears `closing`, asks `project:confirm-stop` and `project:confirm-close`,
 * perhaps `project:save`, and ends with `project:close`. Whatever breaks that off (cancel, a save dialog left, an error) means: stay.
 */
import type { Answer, AnswerOf, RequestName } from '@shared/ipc'

const OPENS: ReadonlySet<unknown> = new Set<RequestName>(['project:open', 'project:relink', 'project:recover'])
const ASKS: ReadonlySet<unknown> = new Set<RequestName>([
  'project:confirm-stop',
  'project:confirm-close',
  'project:save'
])
/** Answers that mean: stay. */
const STAYS: ReadonlySet<unknown> = new Set([null, 'cancel', 'wait'])

export interface CloseGuardOptions {
  /** Tells the window that it is about to be closed. */
  readonly ask: () => void
  /** The project is closed: close the window now. */
  readonly close: () => void
}

export class CloseGuard {
  readonly #options: CloseGuardOptions
  #isProjectOpen = false
  #isClosing = false
  #isWindowDeaf = false
  #asking = 0

  constructor(options: CloseGuardOptions) {
    this.#options = options
  }

  /** Whether the window may go now; if not, the window is asked. */
  mayClose(): boolean {
    if (!this.#isProjectOpen || this.#isWindowDeaf) return true
    // A question that is on the screen is not asked twice.
    if (this.#isClosing && this.#asking > 0) return false
    this.#isClosing = true
    this.#options.ask()
    return false
  }

  /** A window that hangs or crashed answers nothing: it may be closed, and the recovery file stays. */
  setDeaf(isDeaf: boolean): void {
    this.#isWindowDeaf = isDeaf
    if (isDeaf) this.#isClosing = false
  }

  /** Runs a request of the window and draws the conclusions from its answer. */
  async around(
    name: unknown,
    run: () => Promise<Answer<AnswerOf<RequestName>>>
  ): Promise<Answer<AnswerOf<RequestName>>> {
    const isQuestion = ASKS.has(name)
    if (isQuestion) this.#asking += 1
    try {
      const answer = await run()
      this.#conclude(name, answer)
      return answer
    } finally {
      if (isQuestion) this.#asking -= 1
    }
  }

  #conclude(name: unknown, answer: Answer<AnswerOf<RequestName>>): void {
    const value = answer.ok ? answer.value : null
    if (OPENS.has(name) && typeof value === 'object' && value !== null && 'film' in value) this.#isProjectOpen = true
    if (ASKS.has(name) && STAYS.has(value)) this.#isClosing = false
    if (name !== 'project:close' || !answer.ok) return
    const wasClosing = this.#isClosing
    this.#isProjectOpen = false
    this.#isClosing = false
    if (wasClosing) this.#options.close()
  }
}
