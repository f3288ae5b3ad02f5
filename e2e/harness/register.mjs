// node --import: `electron` means the stand-in, for `import` (hooks) and for `require` (electron-log asks that way).
import { createRequire, register } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const standIn = resolve('out', 'harness', 'electron.cjs')
const require = createRequire(import.meta.url)

require(standIn)
require.cache[require.resolve('electron')] = require.cache[require.resolve(standIn)]
register('./hooks.mjs', { parentURL: import.meta.url, data: pathToFileURL(standIn).href })
