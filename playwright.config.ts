import { defineConfig } from '@playwright/test'

/** The built window (e2e/window), in Electron or in the harness. Its films and models want the processor to themselves. */
export default defineConfig({
  testDir: 'e2e/window',
  outputDir: 'test-results',
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  forbidOnly: Boolean(process.env['CI'])
})
