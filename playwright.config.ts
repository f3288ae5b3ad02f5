import { defineConfig } from '@playwright/test'

/** The built window (e2e/window), in Electron or in the harness. Its films and models want the processor to themselves. */
export default defineConfig({
  testDir: 'e2e/window',
  outputDir: 'test-results',
  workers: 1,
  // A test that passes at its second try is listed as flaky at the end: a fault to find, but no reason to stop a release.
  retries: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  forbidOnly: Boolean(process.env['CI'])
})
