import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'electron-vite'
import { resolve } from 'node:path'
import { licencesPlugin } from './scripts/licences.mjs'

const alias = { '@shared': resolve('src/shared') }

/** The window's application: out/main and out/preload and out/renderer. The command line is vite.cli.config.ts. */
export default defineConfig({
  main: {
    resolve: { alias },
    plugins: [licencesPlugin()],
    build: {
      // Only `dependencies` are left outside by themselves, never optionalDependencies.
      externalizeDeps: { include: ['ffmpeg-static', '@ffprobe-installer/ffprobe'] },
      sourcemap: true,
      rolldownOptions: {
        input: { index: resolve('src/main/index.ts'), 'engine-process': resolve('src/main/engine/process.ts') },
        output: { format: 'es', entryFileNames: '[name].js' }
      }
    }
  },
  preload: {
    resolve: { alias },
    build: {
      // A sandboxed preload script is one CommonJS file: it can require `electron` and nothing of node_modules.
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: resolve('src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' }
      }
    }
  },
  renderer: {
    root: 'src/renderer',
    // Relative: the same files are served as app://studio/ and, in the harness, on a loopback origin.
    base: './',
    resolve: { alias },
    plugins: [svelte({ configFile: resolve('svelte.config.mjs') })],
    build: {
      // A data: font or module would be refused by the content security policy.
      assetsInlineLimit: 0,
      rolldownOptions: { input: { index: resolve('src/renderer/index.html') } }
    }
  }
})
