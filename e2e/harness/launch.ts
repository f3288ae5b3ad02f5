/** Real Electron when its runtime is here, else the harness. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { launchElectron } from './electron-app'
import type { FoleyApp, LaunchRequest } from './foley-app'
import { launchHarness } from './harness-app'

/** `FOLEY_HARNESS=1` takes the harness all the same. */
export function hasElectron(): boolean {
  if (process.env['FOLEY_HARNESS'] === '1') return false
  const folder = join('node_modules', 'electron')
  const pathFile = join(folder, 'path.txt')
  return existsSync(pathFile) && existsSync(join(folder, 'dist', readFileSync(pathFile, 'utf8').trim()))
}

export const launch = (request: LaunchRequest): Promise<FoleyApp> =>
  hasElectron() ? launchElectron(request) : launchHarness(request)
