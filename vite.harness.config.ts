import { resolve } from 'node:path'
import { defineConfig } from 'vite'

/**
 * The stand-in for Electron, as one CommonJS file that both `import` and `require` can be led to, and `npm start` without
 * Electron.
 */
export default defineConfig({
  resolve: { alias: { '@shared': resolve('src/shared') } },
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'out/harness',
    minify: false,
    rolldownOptions: {
      input: { electron: resolve('e2e/harness/stand-in/electron.ts'), open: resolve('e2e/harness/open.ts') },
      output: { format: 'cjs', entryFileNames: '[name].cjs' }
    }
  }
})
