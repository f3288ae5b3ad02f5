// npm run build: the command line, the window and its harness, whether or not they are older than their sources.
import { ensureBuild, ensureNodeModules, withSetup } from './setup.mjs'

withSetup(() => {
  ensureNodeModules()
  ensureBuild({ force: true })
})
