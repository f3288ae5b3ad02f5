import { svelte } from '@sveltejs/vite-plugin-svelte'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Runes in *.svelte.ts need the compiler. Tests run in Node: it compiles for the server, where state is plain.
  plugins: [svelte({ configFile: resolve('svelte.config.mjs') })],
  resolve: { alias: { '@shared': resolve('src/shared') } },
  test: {
    include: ['src/**/*.test.ts', 'e2e/*.test.ts', 'e2e/harness/**/*.test.ts'],
    globalSetup: ['src/test/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2
  }
})
