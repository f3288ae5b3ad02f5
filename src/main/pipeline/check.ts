/** Requests from outside, refused before anything runs. */
import type { ZodError } from 'zod'
import { FoleyError } from '@shared/errors'

/**
 * The first thing that is wrong with a request, by the name that the person used. What arrived is told where the request
 * was parsed with `reportInput`.
 */
export function invalidRequest(error: ZodError): FoleyError {
  const issue = error.issues[0]
  const name = optionOf(issue?.path ?? [])
  const range = issue?.code === 'too_big' || issue?.code === 'too_small'
  const arrived = issue?.input === undefined ? '' : `, but is ${JSON.stringify(issue.input)}`
  return new FoleyError(
    range ? 'request.range' : 'request.invalid',
    `${name} ${issue === undefined ? 'is not valid' : expectation(issue)}${arrived}.`,
    'Correct it and run again; "foley generate --help" lists what each option takes.'
  )
}

/** zod's words are a programmer's ("expected int, received number"). */
function expectation(issue: ZodError['issues'][number]): string {
  switch (issue.code) {
    case 'too_big':
      return `should be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
    case 'too_small':
      if (issue.origin === 'string') return 'should not be empty'
      return `should be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
    case 'invalid_type':
      return `should be ${issue.expected === 'int' ? 'a whole number' : `a ${issue.expected}`}`
    default:
      return issue.message.replace(/[.\s]+$/, '')
  }
}

/** `settings.steps` is the option --steps, `fromSec` is --from, `syncPoints.0.timeSec` is --sync. */
function optionOf(path: readonly PropertyKey[]): string {
  const field = path.map(String).find((part) => part !== 'settings') ?? 'request'
  const words = field.replace(/(Sec|Path|Points)$/, '')
  return `--${words.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`
}
