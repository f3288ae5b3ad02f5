/** Keeps the recovery file fresh. Also while edits never pause: what is in it is never older than this. */
const EVERY_MS = 1000

export class Autosave {
  readonly #save: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(save: () => void) {
    this.#save = save
  }

  /** Called after every edit. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#save()
    }, EVERY_MS)
  }

  /** The project is left: nothing of it is to be recovered. */
  forget(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
