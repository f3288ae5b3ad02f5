/**
 * Entry of the engine's process: Electron's utility process, or a Node child process with an IPC channel.
 *
 * [Note: why a process of its own] `session.run()` blocks the thread that calls it, a native abort takes the process with
 * it, and a run cannot be interrupted: killing the process is the only hard cancel, and the only sure way to give memory
 * back.
 */
import { isEngineCommand, type EngineEvent } from './protocol'
import { EngineService } from './service'

/** The part of Electron's `process.parentPort` that is used here. */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown
}

function isParentPort(value: unknown): value is ParentPort {
  return typeof value === 'object' && value !== null && 'postMessage' in value && 'on' in value
}

function connect(): void {
  const parentPort: unknown = Reflect.get(process, 'parentPort')
  const hear = (service: EngineService, message: unknown): void => {
    if (isEngineCommand(message)) service.handle(message)
  }
  if (isParentPort(parentPort)) {
    const service = new EngineService((event) => parentPort.postMessage(event))
    parentPort.on('message', (event) => hear(service, event.data))
    return
  }
  if (!process.send) throw new Error('the engine is started by the application, not by hand')
  const send = process.send.bind(process)
  const service = new EngineService((event: EngineEvent) => {
    // The parent may be gone already; then `disconnect` ends this process.
    send(event, undefined, undefined, () => undefined)
  })
  process.on('message', (message) => hear(service, message))
  process.on('disconnect', () => process.exit(0))
}

// Ctrl-C in a terminal reaches the whole process group; whoever started this process decides what becomes of it.
process.on('SIGINT', () => undefined)
connect()
