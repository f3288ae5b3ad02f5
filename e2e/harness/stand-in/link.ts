/** The main process's end of the channel. */
import { isToMain, type DialogMethod, type FromMain, type PageRequest, type ToMain } from '../messages'

type Question =
  | { readonly kind: 'load'; readonly window: number; readonly page: PageRequest }
  | { readonly kind: 'dialog'; readonly method: DialogMethod; readonly options: unknown }

let asked = 0
const waiting = new Map<number, (value: unknown) => void>()

export function tell(message: FromMain): void {
  if (process.connected) process.send?.(message)
}

export function ask(question: Question): Promise<unknown> {
  asked += 1
  const answered = new Promise((resolve) => waiting.set(asked, resolve))
  tell({ ...question, ask: asked })
  return answered
}

/** Everything but answers goes to `hear`. */
export function listen(hear: (message: Exclude<ToMain, { kind: 'answer' }>) => void): void {
  process.on('message', (message) => {
    if (!isToMain(message)) return
    if (message.kind !== 'answer') return hear(message)
    waiting.get(message.ask)?.(message.value)
    waiting.delete(message.ask)
  })
  // Whoever owned the windows is gone: nothing is left to show.
  process.on('disconnect', () => process.exit(0))
}

/** An event that can be refused, as Electron's are. */
export class Refusable {
  defaultPrevented = false
  preventDefault(): void {
    this.defaultPrevented = true
  }
}
