/**
 * Errors that a person reads. Code branches on `code`, never on the message.
 *
 * A message says what was expected and what arrived; `action` says what to do next. An abort is not an error of this
 * kind: it travels as the `AbortSignal`'s reason (see {@link isAbort}).
 */

/** Every code with the exit status of the command line. 2 = wrong call, 3 = input, 4 = output, 5 = pack, 6 = machine. */
export const ERROR_EXIT = {
  'request.invalid': 2,
  'request.range': 2,
  'request.unsupported': 2,
  'input.unreadable': 3,
  'input.not-media': 3,
  'input.no-video': 3,
  'input.no-audio': 3,
  'input.empty': 3,
  'project.invalid': 3,
  'project.version': 3,
  'project.media-missing': 3,
  'project.media-other': 3,
  'project.unwritable': 4,
  'output.unwritable': 4,
  'output.same-as-input': 4,
  'output.disk-full': 4,
  'output.failed': 4,
  'pack.not-found': 5,
  'pack.invalid': 5,
  'pack.version': 5,
  'pack.graph-missing': 5,
  'pack.hash': 5,
  'pack.no-sync': 5,
  'pack.no-material': 5,
  'engine.provider': 6,
  'engine.crashed': 6,
  'engine.failed': 6,
  'ffmpeg.missing': 6,
  'ffmpeg.failed': 6,
  internal: 1
} as const

export type ErrorCode = keyof typeof ERROR_EXIT

/** What crosses a process boundary: plain data. */
export interface ErrorReport {
  readonly code: ErrorCode
  readonly message: string
  readonly action: string
  readonly detail?: string
}

export class FoleyError extends Error {
  override readonly name = 'FoleyError'
  readonly code: ErrorCode
  /** What the reader can do about it: a full sentence. */
  readonly action: string
  /** Raw material for the log (a program's last words), never for branching. */
  readonly detail: string | undefined

  constructor(code: ErrorCode, message: string, action: string, options: { detail?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.action = action
    this.detail = options.detail
  }

  get exitStatus(): number {
    return ERROR_EXIT[this.code]
  }

  toReport(): ErrorReport {
    return {
      code: this.code,
      message: this.message,
      action: this.action,
      ...(this.detail === undefined ? {} : { detail: this.detail })
    }
  }

  static fromReport(report: ErrorReport): FoleyError {
    return new FoleyError(
      report.code,
      report.message,
      report.action,
      report.detail === undefined ? {} : { detail: report.detail }
    )
  }
}

/** Any thrown value as a report; what is not ours becomes `internal` and keeps its stack as detail. */
export function toReport(error: unknown): ErrorReport {
  if (error instanceof FoleyError) return error.toReport()
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error ? error.stack : undefined
  return {
    code: 'internal',
    message: `Something went wrong inside Foley Studio: ${message}`,
    action: 'Run it again with --verbose and report what it prints.',
    ...(stack === undefined ? {} : { detail: stack })
  }
}

/** True for the reason of an aborted signal, also after it crossed `fetch`, `execa` or `node:timers`. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
}
