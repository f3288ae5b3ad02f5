/** How the command line speaks: progress and warnings on stderr, results on stdout, one line for an error. */
import { Presets, SingleBar } from 'cli-progress'
import type { CommanderError } from 'commander'
import type { Writable } from 'node:stream'
import { FoleyError, isAbort, toReport } from '@shared/errors'
import type { OnProgress, Phase } from '@shared/progress'

const PHASE_NAMES: Readonly<Record<Phase, string>> = {
  load: 'loading the models',
  probe: 'reading the film',
  frames: 'looking',
  encode: 'looking',
  sample: 'making sound',
  decode: 'making sound',
  mix: 'mixing',
  mux: 'writing'
}

export interface Bar {
  readonly onProgress: OnProgress
  stop(): void
}

/** A progress bar on a terminal; nothing where there is none, so that logs stay readable. */
export function progressBar(shown: boolean): Bar {
  if (!shown) return { onProgress: () => undefined, stop: () => undefined }
  const bar = new SingleBar(
    { format: '{bar} {percentage}%  {phase}  {duration_formatted}', stream: process.stderr, hideCursor: true },
    Presets.shades_classic
  )
  bar.start(1000, 0, { phase: '' })
  return {
    onProgress: ({ phase, fraction }) => bar.update(Math.round(fraction * 1000), { phase: PHASE_NAMES[phase] }),
    stop: () => bar.stop()
  }
}

/** Says what went wrong and what to do; with `json` as an object. Returns the exit status: 130 after Ctrl-C. */
export function reportFailure(
  error: unknown,
  options: { readonly json: boolean; readonly verbose: boolean },
  streams: { readonly out: Writable; readonly err: Writable } = { out: process.stdout, err: process.stderr }
): number {
  if (isAbort(error)) {
    streams.err.write('Cancelled. Nothing half-written is left.\n')
    return 130
  }
  const report = toReport(error)
  if (options.json) streams.out.write(`${JSON.stringify({ error: report }, null, 2)}\n`)
  streams.err.write(`foley: ${report.message} ${report.action} [${report.code}]\n`)
  if (options.verbose && report.detail !== undefined) streams.err.write(`${report.detail}\n`)
  return error instanceof FoleyError ? error.exitStatus : 1
}

/** What commander says of a wrong call ("error: unknown option '--sed'"), as every other error is told. */
export function wrongCall({ message }: CommanderError, command: string | undefined): FoleyError {
  const words = message.replace(/^error: /, '').replace(/\s+/g, ' ')
  const sentence = words.charAt(0).toUpperCase() + words.slice(1)
  const where = command === undefined ? 'foley --help' : `foley ${command} --help`
  return new FoleyError(
    'request.invalid',
    /[.?)]$/.test(sentence) ? sentence : `${sentence}.`,
    `Run "${where}" to see ${command === undefined ? 'the commands' : 'what it takes'}.`
  )
}

/** Aborts on the first Ctrl-C or SIGTERM; `dispose` takes the listeners away. */
export function abortOnInterrupt(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  process.on('SIGINT', abort).on('SIGTERM', abort)
  return { signal: controller.signal, dispose: () => void process.off('SIGINT', abort).off('SIGTERM', abort) }
}
