// npm run package: installers of the window by electron-builder (electron-builder.yml), with this machine's ffmpeg inside.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureBuild, ensureNodeModules, root, run, SetupError, withSetup } from './setup.mjs'

const BUILDER = 'electron-builder@26.17.0'

withSetup(() => {
  ensureNodeModules()
  const exe = process.platform === 'win32' ? '.exe' : ''
  const inside = {
    'ffmpeg-static': `ffmpeg${exe}`,
    [`@ffprobe-installer/${process.platform}-${process.arch}`]: `ffprobe${exe}`
  }
  for (const [name, file] of Object.entries(inside)) {
    const { status } = spawnSync(join(root, 'node_modules', name, file), ['-version'], { stdio: 'ignore' })
    if (status === 0) continue
    throw new SetupError(
      `an installer needs the program of ${name}, which does not run. Run npm ci where it can download.`
    )
  }
  ensureBuild({ force: true })
  if (run('npm', ['exec', '--yes', '--', BUILDER, ...process.argv.slice(2)]) !== 0) {
    throw new SetupError('electron-builder failed')
  }
})
