// npm run bench: sets up, then prints the performance table (bench/bench.mjs) and what the window takes (bench/window.mjs).
//   npm run bench -- --seconds 10,600            the table only, with its options
//   npm run bench -- window --only timeline      the window only, with its options
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureBuild, ensureChromium, ensureFfmpeg, ensureNodeModules, root, withSetup } from './setup.mjs'

const words = process.argv.slice(2)
const isWindow = words[0] === 'window'
const scripts = words.length === 0 ? ['bench.mjs', 'window.mjs'] : [isWindow ? 'window.mjs' : 'bench.mjs']

withSetup(() => {
  ensureNodeModules()
  ensureFfmpeg()
  if (scripts.includes('window.mjs')) ensureChromium()
  ensureBuild()
})
for (const script of scripts) {
  const options = isWindow ? words.slice(1) : words
  const { status } = spawnSync(process.execPath, [join(root, 'bench', script), ...options], {
    cwd: root,
    stdio: 'inherit'
  })
  if (status !== 0) process.exit(status ?? 1)
}
