/** The engine's process as Electron's utility process. */
import { utilityProcess } from 'electron'
import type { EngineChild, EngineExit, EngineFork } from '../engine/connection'

const LAST_WORDS_CHARACTERS = 4096

/** `entry` is the built `src/main/engine/process.ts`. */
export function forkUtility(entry: string): EngineFork {
  return () => start(entry)
}

function start(entry: string): EngineChild {
  const child = utilityProcess.fork(entry, [], { serviceName: 'Foley engine', stdio: ['ignore', 'ignore', 'pipe'] })
  let lastWords = ''
  // Electron forgets it when the process ends; who reports the end wants it.
  let pid: number | undefined
  let isUnwanted = false
  child.stderr?.on('data', (bytes: Buffer) => {
    lastWords = (lastWords + bytes.toString('utf8')).slice(-LAST_WORDS_CHARACTERS)
  })
  const end = (): void => {
    // `kill()` asks with SIGTERM; a run of the model hears nothing.
    if (child.pid === undefined) return
    try {
      process.kill(child.pid, 'SIGKILL')
    } catch {
      // It has just ended by itself, or this system knows no signals.
      child.kill()
    }
  }
  child.once('spawn', () => {
    pid = child.pid
    if (isUnwanted) end()
  })
  const exited = new Promise<EngineExit>((resolve) => {
    child.once('exit', (code) => resolve({ code, signal: null, lastWords }))
  })
  return {
    get pid() {
      return pid
    },
    postMessage: (command) => child.postMessage(command),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void exited.then(listener),
    kill: () => {
      isUnwanted = true
      if (pid !== undefined) end()
    }
  }
}
