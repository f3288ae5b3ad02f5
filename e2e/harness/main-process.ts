/** The built main process under plain Node, with the stand-in for `electron`. */
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LaunchRequest } from './foley-app'

const ENTRY = join('out', 'main', 'index.js')
const REGISTER = pathToFileURL(join('e2e', 'harness', 'register.mjs')).href

/** To be called in the project's folder. Without a `userDataFolder` the person's own is used. */
export function forkMain({ args = [], env = {}, userDataFolder }: Partial<LaunchRequest>): ChildProcess {
  const own = userDataFolder === undefined ? {} : { FOLEY_USER_DATA: userDataFolder }
  return fork(ENTRY, [...args], {
    execArgv: ['--enable-source-maps', '--import', REGISTER],
    serialization: 'advanced',
    env: { ...process.env, ...own, ...env }
  })
}
