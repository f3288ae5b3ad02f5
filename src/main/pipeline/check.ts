/** Requests from outside, refused before anything runs. */
import type { ZodError } from 'zod'
import { FoleyError } from '@shared/errors'

/** The first thing that is wrong with a request, by the name that the person used. */
export function invalidRequest(error: ZodError): FoleyError {
  const issue = error.issues[0]
  const name = optionOf(issue?.path ?? [])
  const range = issue?.code === 'too_big' || issue?.code === 'too_small'
  return new FoleyError(
    range ? 'request.range' : 'request.invalid',
    `${name}: ${(issue?.message ?? 'is not valid').replace(/[.\s]+$/, '')}.`,
    'Correct it and run again; "foley generate --help" lists what each option takes.'
  )
}

/** `settings.steps` is the option --steps, `fromSec` is --from, `syncPoints.0.timeSec` is --sync. */
function optionOf(path: readonly PropertyKey[]): string {
  const field = path.map(String).find((part) => part !== 'settings') ?? 'request'
  const words = field.replace(/(Sec|Path|Points)$/, '')
  return `--${words.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`
}
