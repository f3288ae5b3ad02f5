// npm run setup:cuda: fetches what onnxruntime-node needs for an NVIDIA card and npm does not carry (Linux x64).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureNodeModules, root, run, say, SetupError, withSetup } from './setup.mjs'

const folder = join(root, 'node_modules', 'onnxruntime-node')
const library = join(folder, 'bin', 'napi-v6', 'linux', 'x64', 'libonnxruntime_providers_cuda.so')

withSetup(() => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError('onnxruntime-node runs on CUDA under Linux on x64 alone; elsewhere nothing is to be set up.')
  }
  ensureNodeModules()
  if (!existsSync(library)) {
    say('fetching the CUDA libraries of onnxruntime-node (some hundred megabytes)')
    // .npmrc tells the installer to skip this, for every install but this one.
    const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'cuda12' }
    const status = run(process.execPath, [join(folder, 'script', 'install.js')], { env })
    if (status !== 0 || !existsSync(library)) {
      throw new SetupError('the CUDA libraries could not be fetched. Check the network and run this again.')
    }
  }
  say(
    'ready. The machine itself must bring the driver, CUDA 12 and cuDNN 9; then try: foley generate ... --provider cuda'
  )
})
