import { resolve } from 'node:path'
import { defineConfig } from 'vite'

/** The command line and the engine's process, built for plain Node. Dependencies stay in node_modules. */
export default defineConfig({
  resolve: { alias: { '@shared': resolve('src/shared') } },
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'out/cli',
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: { index: resolve('src/cli/index.ts'), 'engine-process': resolve('src/main/engine/process.ts') },
      output: { format: 'es', entryFileNames: '[name].mjs' }
    }
  }
})
