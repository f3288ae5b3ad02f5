/** The engine's process as a child of plain Node: for the command line, and for the tests. */
import { fork } from 'node:child_process'
import type { EngineChild, EngineExit, EngineFork } from './connection'

const LAST_WORDS_CHARACTERS = 4096

/**
 * Starts `entry`, the built `process.ts`, as a child of this process. Typed arrays survive the advanced serialisation as they
 * are; JSON would make objects of them.
 */
export function forkNode(entry: string): EngineFork {
  return () => start(entry)
}

function start(entry: string): EngineChild {
  // Its standard output is not ours (`--json`); ONNX Runtime's complaints are kept for the error message.
  const child = fork(entry, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let lastWords = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS_CHARACTERS)
  })
  const exited = new Promise<EngineExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, lastWords }))
    child.once('error', (error) => resolve({ code: null, signal: null, lastWords: error.message }))
  })
  return {
    pid: child.pid,
    // A message to a process that is just dying is lost; its exit says the rest.
    postMessage: (command) => void child.send(command, () => undefined),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void exited.then(listener),
    kill: () => void child.kill('SIGKILL')
  }
}
