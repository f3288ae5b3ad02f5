/** `utilityProcess`: a child process with the same entry, whose `process.parentPort` is `parent-port.mjs`. */
import type Electron from 'electron'
import { fork, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tell } from './link'

/** Electron reports a process that a signal ended by a number too. */
const ENDED_BY_SIGNAL = 9

class StandInUtilityProcess
  extends EventEmitter
  implements Pick<Electron.UtilityProcess, 'kill' | 'pid' | 'postMessage' | 'stderr' | 'stdout'>
{
  readonly #child: ChildProcess
  #pid: number | undefined

  constructor(entry: string, name: string) {
    super()
    const shim = pathToFileURL(resolve('e2e', 'harness', 'parent-port.mjs')).href
    this.#child = fork(entry, [], {
      serialization: 'advanced',
      execArgv: ['--import', shim],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc']
    })
    const { pid } = this.#child
    this.#child.on('spawn', () => {
      this.#pid = pid
      if (pid !== undefined) tell({ kind: 'child', name, pid, isRunning: true })
      this.emit('spawn')
    })
    this.#child.on('message', (message) => this.emit('message', message))
    this.#child.on('error', () => this.emit('exit', 1))
    this.#child.on('close', (code) => {
      this.#pid = undefined
      if (pid !== undefined) tell({ kind: 'child', name, pid, isRunning: false })
      this.emit('exit', code ?? ENDED_BY_SIGNAL)
    })
  }

  get pid(): number | undefined {
    return this.#pid
  }
  get stderr(): NodeJS.ReadableStream | null {
    return this.#child.stderr
  }
  get stdout(): NodeJS.ReadableStream | null {
    return this.#child.stdout
  }
  postMessage(message: unknown): void {
    if (this.#child.connected && typeof message === 'object' && message) this.#child.send(message, () => undefined)
  }
  kill(): boolean {
    return this.#child.kill()
  }
}

export const utilityProcess = {
  fork: (entry: string, _args?: string[], options?: Electron.ForkOptions) =>
    new StandInUtilityProcess(entry, options?.serviceName ?? 'Node Utility Process')
} satisfies { readonly [Name in keyof typeof Electron.utilityProcess]?: unknown }
