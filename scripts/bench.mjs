// npm run bench: sets up, then prints the performance table (bench/bench.mjs).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureBuild, ensureFfmpeg, ensureNodeModules, root, withSetup } from './setup.mjs'

withSetup(() => {
  ensureNodeModules()
  ensureFfmpeg()
  ensureBuild()
})
const { status } = spawnSync(process.execPath, [join(root, 'bench', 'bench.mjs'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit'
})
process.exit(status ?? 1)
