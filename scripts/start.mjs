// npm start [-- clip.mp4]: sets up what is missing, then opens the window, in Electron or else in Chromium.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import {
  electronObstacle,
  electronProgram,
  ensureBuild,
  ensureChromium,
  ensureFfmpeg,
  ensureNodeModules,
  isRoot,
  root,
  say,
  withSetup
} from './setup.mjs'

let obstacle
withSetup(() => {
  ensureNodeModules()
  ensureFfmpeg()
  obstacle = process.env.FOLEY_HARNESS === '1' ? 'FOLEY_HARNESS is set, as for the tests' : electronObstacle()
  if (obstacle !== undefined) ensureChromium()
  ensureBuild()
})

// INIT_CWD is where the person called npm: paths on the command line are theirs, not the project's.
const folder = process.env.INIT_CWD ?? process.cwd()
const words = process.argv.slice(2).map((word) => (word.startsWith('-') ? word : resolve(folder, word)))
if (obstacle !== undefined) say(`${obstacle}. Opening the window in Chromium instead.`)
const command =
  obstacle === undefined
    ? [electronProgram(), [...(isRoot ? ['--no-sandbox'] : []), root, ...words]]
    : [process.execPath, [join(root, 'out', 'harness', 'open.cjs'), ...words]]
const env = { ...process.env }
delete env.ELECTRON_RUN_AS_NODE // it would make a plain Node.js of Electron
const child = spawn(...command, { stdio: 'inherit', cwd: root, env })
// The terminal sends Ctrl-C to the whole group; this process only passes on what came of it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 0 : 1)))
