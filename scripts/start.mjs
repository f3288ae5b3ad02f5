// npm start [-- clip.mp4]: sets up what is missing, then opens the window, in Electron or else in Chromium.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import {
  electronProgram,
  ensureBuild,
  ensureChromium,
  ensureFfmpeg,
  ensureNodeModules,
  root,
  say,
  withSetup
} from './setup.mjs'

// FOLEY_HARNESS=1 takes Chromium all the same, as the tests do.
const hasElectron = () => process.env.FOLEY_HARNESS !== '1' && electronProgram() !== undefined

withSetup(() => {
  ensureNodeModules()
  ensureFfmpeg()
  if (!hasElectron()) ensureChromium()
  ensureBuild()
})

// INIT_CWD is where the person called npm: paths on the command line are theirs, not the project's.
const folder = process.env.INIT_CWD ?? process.cwd()
const words = process.argv.slice(2).map((word) => (word.startsWith('-') ? word : resolve(folder, word)))
if (!hasElectron()) {
  say(
    'Electron’s runtime could not be downloaded (retry: npx install-electron). Opening the window in Chromium instead.'
  )
}
const command = hasElectron()
  ? [electronProgram(), [root, ...words]]
  : [process.execPath, [join(root, 'out', 'harness', 'open.cjs'), ...words]]
const child = spawn(...command, { stdio: 'inherit', cwd: root })
// The terminal sends Ctrl-C to the whole group; this process only passes on what came of it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 0 : 1)))
