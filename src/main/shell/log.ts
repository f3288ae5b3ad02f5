/** The log: on disk below the user's data, and on the terminal where there is one. */
import log from 'electron-log/main'
import { join } from 'node:path'
import type { StudioPorts } from '../studio/ports'

const LARGEST_BYTES = 4 * 1024 * 1024

/** Also writes down what nobody caught. */
export function openLog(userDataFolder: string): StudioPorts['log'] {
  log.transports.file.resolvePathFn = () => join(userDataFolder, 'logs', 'main.log')
  log.transports.file.maxSize = LARGEST_BYTES
  log.transports.console.level = 'warn'
  log.errorHandler.startCatching({ showDialog: false })
  return (level, message, detail) => log[level](message, ...(detail === undefined ? [] : [detail]))
}
