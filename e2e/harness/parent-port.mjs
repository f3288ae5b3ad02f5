// node --import, for what Electron starts as a utility process: `process.parentPort`, over the child process's channel.
import { EventEmitter } from 'node:events'

const port = new EventEmitter()
port.postMessage = (message) => process.send?.(message, undefined, undefined, () => undefined)
port.start = () => undefined
port.pause = () => undefined
// Messages that come before anybody listens are kept, as a port keeps them: Node does the same for `message`.
port.once('newListener', () => process.on('message', (data) => port.emit('message', { data, ports: [] })))
process.parentPort = port
process.on('disconnect', () => process.exit(0))
