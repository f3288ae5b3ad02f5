/** One folder for all clips of a test run, made before the first test and removed after the last. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    clipFolder: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'foley-clips-'))
  project.provide('clipFolder', folder)
  return () => rm(folder, { recursive: true, force: true })
}
