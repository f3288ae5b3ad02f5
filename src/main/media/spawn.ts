/** The one place that starts ffmpeg and ffprobe. Everything else builds argument lists. */
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { FoleyError } from '@shared/errors'

/** A program that does not end on SIGTERM gets SIGKILL after this. */
const KILL_AFTER_MS = 500
const LAST_WORDS_LINES = 40
/** Ctrl-C in a terminal reaches ffmpeg at the same time as us: its failure is ours to explain a moment later. */
const ABORT_GRACE_MS = 50

/**
 * [Note: statically linked ffmpeg] The builds in ffmpeg-static and @ffprobe-installer die on a transport stream: to read
 * its service name, their glibc loads a character set of this machine's other glibc. They get along without one.
 */
const STATIC_BUILD_ENV = process.platform === 'linux' ? { GCONV_PATH: '/nonexistent' } : {}

export interface Exit {
  /** Undefined when a signal ended the program. */
  readonly exitCode: number | undefined
  /** The last lines of stderr: for the log, never for branching. */
  readonly lastWords: string
}

export interface Tool {
  readonly stdout: Readable
  /** File descriptor 3 of the program. */
  readonly sidePipe: Readable
  /** Settles when the program has ended. Rejects with the signal's reason after an abort. */
  readonly finished: Promise<Exit>
  /** Ends the program at once, when nothing that it does matters any more. Resolves when it is gone. */
  stop(): Promise<void>
}

/**
 * Starts a program. Its reader paces it: output that is not read blocks the program and never fills our memory.
 * An abort sends SIGTERM, then SIGKILL.
 */
export function startTool(program: string, args: readonly string[], signal?: AbortSignal): Tool {
  signal?.throwIfAborted()
  const child = execa(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    buffer: false,
    reject: false,
    forceKillAfterDelay: KILL_AFTER_MS,
    env: STATIC_BUILD_ENV,
    ...(signal === undefined ? {} : { cancelSignal: signal })
  })
  const sidePipe = child.stdio[3]
  const stderr = lastLines(child.stderr).catch(() => [])
  // A pipe of a killed program breaks; why is told once, by `finished`.
  // Paused, or execa would drain what nobody reads yet.
  for (const pipe of [child.stdout, sidePipe]) pipe.on('error', () => undefined).pause()
  const release = (): void => {
    for (const pipe of [child.stdout, sidePipe]) pipe.destroy()
  }
  signal?.addEventListener('abort', release, { once: true })

  const settle = async (): Promise<Exit> => {
    const result = await child
    signal?.removeEventListener('abort', release)
    if (result.exitCode !== 0 && signal !== undefined && !signal.aborted) await sleep(ABORT_GRACE_MS)
    signal?.throwIfAborted()
    if (child.pid === undefined) throw cannotStart(program, result.cause)
    return { exitCode: result.exitCode, lastWords: (await stderr).join('\n') }
  }
  const finished = settle()
  // Whoever stops early never looks at `finished`; that is no unhandled rejection.
  finished.catch(() => undefined)

  return {
    stdout: child.stdout,
    sidePipe,
    finished,
    stop: async () => {
      child.kill('SIGKILL')
      release()
      await finished.catch(() => undefined)
    }
  }
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined
  /** Takes each line of stdout as it comes; `stdout` is then empty. */
  readonly onLine?: (line: string) => void
  /** Reads file descriptor 3; it is drained when left out. */
  readonly readSidePipe?: (pipe: Readable) => Promise<void>
  /** For a program that reports its failures on stdout. */
  readonly acceptFailure?: boolean
}

/** Runs a program to its end and returns what it printed. @throws FoleyError `ffmpeg.failed`, `ffmpeg.missing` */
export async function runTool(
  program: string,
  args: readonly string[],
  options: RunOptions = {}
): Promise<{ readonly stdout: string; readonly lastWords: string }> {
  const tool = startTool(program, args, options.signal)
  const sidePipeRead = options.readSidePipe?.(tool.sidePipe)
  if (!sidePipeRead) tool.sidePipe.resume()
  const lines: string[] = []
  for await (const line of readLines(tool.stdout)) {
    if (options.onLine) options.onLine(line)
    else lines.push(line)
  }
  await sidePipeRead
  const exit = await tool.finished
  if (exit.exitCode !== 0 && options.acceptFailure !== true) throw toolFailed(program, exit)
  return { stdout: lines.join('\n'), lastWords: exit.lastWords }
}

export function toolFailed(program: string, exit: Exit): FoleyError {
  const how = exit.exitCode === undefined ? 'was ended by a signal' : `ended with status ${exit.exitCode}`
  return new FoleyError(
    'ffmpeg.failed',
    `${program} ${how}.`,
    'Check that the file plays elsewhere. What ffmpeg said is in the log; on the command line --verbose prints it.',
    { detail: exit.lastWords }
  )
}

const cannotStart = (program: string, cause: unknown): FoleyError =>
  new FoleyError(
    'ffmpeg.missing',
    `${program} could not be started.`,
    'Install ffmpeg, or set FFMPEG_BIN and FFPROBE_BIN to programs that run on this machine.',
    { cause }
  )

/**
 * The chunks of a pipe, until it ends or its program is killed: which of the two, the program's exit tells.
 * (A `for await` over the bare stream throws on the second.)
 */
export async function* readPipe(pipe: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of pipe) yield chunk as Buffer
  } catch (error) {
    if (!pipe.destroyed) throw error
  }
}

export async function* readLines(pipe: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of readPipe(pipe)) {
    const lines = (rest + decoder.write(chunk)).split(/\r?\n/)
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

async function lastLines(stderr: Readable): Promise<readonly string[]> {
  const kept: string[] = []
  for await (const line of readLines(stderr)) {
    kept.push(line)
    if (kept.length > LAST_WORDS_LINES) kept.shift()
  }
  return kept
}
