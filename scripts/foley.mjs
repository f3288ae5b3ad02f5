// npm run foley -- <command>: sets up what is missing, then runs the command line.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureBuild, ensureFfmpeg, ensureNodeModules, root, withSetup } from './setup.mjs'

withSetup(() => {
  ensureNodeModules()
  ensureFfmpeg()
  ensureBuild()
})
// INIT_CWD is where the person called npm: paths on the command line are theirs, not the project's.
const cwd = process.env.INIT_CWD ?? process.cwd()
const child = spawn(process.execPath, [join(root, 'out', 'cli', 'index.mjs'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  cwd
})
// The terminal sends Ctrl-C to the whole group; the child cleans up and this process only passes on what came of it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
