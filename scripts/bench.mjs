// npm run bench: sets up, then prints the performance table (bench/bench.mjs) and what the window takes (bench/window.mjs).
//   npm run bench -- table --seconds 10,600      the table only, with its options
//   npm run bench -- window --only timeline      the window only, with its options
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureBuild, ensureChromium, ensureFfmpeg, ensureNodeModules, root, say, withSetup } from './setup.mjs'

const SCRIPTS = { table: 'bench.mjs', window: 'window.mjs' }
const [first, ...rest] = process.argv.slice(2)
const isChosen = first !== undefined && Object.hasOwn(SCRIPTS, first)
if (first !== undefined && !isChosen) {
  say(`there is no bench ${first}: it is ${Object.keys(SCRIPTS).join(' or ')}, and its options follow`)
  process.exit(2)
}
const chosen = isChosen ? [first] : Object.keys(SCRIPTS)

withSetup(() => {
  ensureNodeModules()
  ensureFfmpeg()
  if (chosen.includes('window')) ensureChromium()
  ensureBuild()
})
for (const name of chosen) {
  const { status } = spawnSync(process.execPath, [join(root, 'bench', SCRIPTS[name]), ...rest], {
    cwd: root,
    stdio: 'inherit'
  })
  if (status !== 0) process.exit(status ?? 1)
}
