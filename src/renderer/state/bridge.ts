/** The window's side of the border: answers become values, errors become {@link FoleyError}s again. */
import { FoleyError } from '@shared/errors'
import type { AnswerOf, FoleyBridge, RequestName, RequestOf } from '@shared/ipc'

declare global {
  interface Window {
    readonly foley: FoleyBridge
  }
}

/** An aborted request: not an error (docs/architecture.md). */
export class Cancelled extends Error {
  override readonly name = 'AbortError'
}

export type Ask = <Name extends RequestName>(name: Name, payload: RequestOf<Name>) => Promise<AnswerOf<Name>>

/** @throws FoleyError whatever the main process reports; {@link Cancelled} for what was cancelled */
export function askThrough(bridge: FoleyBridge): Ask {
  return async (name, payload) => {
    const answer = await bridge.request(name, payload)
    if (answer.ok) return answer.value
    if (answer.error === null) throw new Cancelled('cancelled')
    throw FoleyError.fromReport(answer.error)
  }
}
