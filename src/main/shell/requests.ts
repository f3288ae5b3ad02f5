/** The window's requests: known names only, parsed payloads, errors as data. Knows no Electron. */
import { FoleyError, isAbort, toReport } from '@shared/errors'
import type { Answer, AnswerOf, RequestName } from '@shared/ipc'
import { REQUEST_SCHEMAS } from '@shared/ipc-schemas'
import { z } from 'zod'
import type { Handlers, StudioPorts } from '../studio/ports'

export interface DispatchOptions {
  readonly handlers: Handlers
  readonly log: StudioPorts['log']
}

const isRequestName = (name: unknown): name is RequestName =>
  typeof name === 'string' && Object.hasOwn(REQUEST_SCHEMAS, name)

/** Never rejects. An aborted request answers with no error at all. */
export async function dispatch(
  { handlers, log }: DispatchOptions,
  name: unknown,
  payload: unknown
): Promise<Answer<AnswerOf<RequestName>>> {
  try {
    if (!isRequestName(name)) throw refused('The window asked for something that the application does not know.', name)
    return { ok: true, value: await handle(handlers, name, payload) }
  } catch (error) {
    if (isAbort(error)) return { ok: false, error: null }
    const report = toReport(error)
    log(
      report.code === 'internal' ? 'error' : 'warn',
      `${String(name)}: ${report.code}: ${report.message}`,
      report.detail
    )
    return { ok: false, error: report }
  }
}

async function handle<Name extends RequestName>(
  handlers: Handlers,
  name: Name,
  payload: unknown
): Promise<AnswerOf<Name>> {
  const parsed = REQUEST_SCHEMAS[name].safeParse(payload)
  if (!parsed.success) {
    throw refused(`The window’s request "${name}" was not understood.`, z.prettifyError(parsed.error))
  }
  return handlers[name](parsed.data)
}

/** Only a fault of ours, or a page that is not ours, comes here. */
export const refused = (message: string, detail: unknown): FoleyError =>
  new FoleyError('request.invalid', message, 'Restart Foley Studio; if it happens again, report it.', {
    detail: String(detail)
  })
