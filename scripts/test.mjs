// npm test: sets up and runs every check; all of them run even if one fails. `.ci/run` calls this and nothing else.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import {
  electronObstacle,
  ensureBuild,
  ensureChromium,
  ensureFfmpeg,
  ensureNodeModules,
  ensurePython,
  root,
  venvPython,
  withSetup
} from './setup.mjs'

withSetup(() => {
  ensureNodeModules()
  ensureFfmpeg()
  ensurePython()
  if (electronObstacle() !== undefined) {
    ensureChromium()
    process.env.FOLEY_HARNESS = '1' // also where there is an Electron that cannot show a window
  }
  ensureBuild()
})

const bin = (...path) => join(root, 'node_modules', ...path)
const node = process.execPath
const checks = [
  ['format', node, [bin('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  ['lint', node, [bin('eslint', 'bin', 'eslint.js'), '.']],
  ['types', node, [bin('typescript', 'bin', 'tsc'), '--noEmit']],
  ['end-to-end types', node, [bin('typescript', 'bin', 'tsc'), '--noEmit', '-p', 'e2e']],
  ['svelte types', node, [bin('svelte-check', 'bin', 'svelte-check'), '--tsconfig', 'src/renderer/tsconfig.json']],
  ['python format', venvPython, ['-m', 'ruff', 'format', '--check', '-q', 'training']],
  ['python lint', venvPython, ['-m', 'ruff', 'check', '-q', 'training']],
  ['unit and end-to-end', node, [bin('vitest', 'vitest.mjs'), 'run']],
  ['python', venvPython, ['-m', 'pytest', '-q', 'training']],
  // Last: what it says of a failure stands at the end of the log.
  ['window', node, [bin('@playwright', 'test', 'cli.js'), 'test']]
]
const results = checks.map(([name, program, args]) => {
  console.log(`\n== ${name}`)
  const began = Date.now()
  const { status } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  return { name, passed: status === 0, seconds: (Date.now() - began) / 1000 }
})
console.log()
for (const { name, passed, seconds } of results)
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(0)} s)`)
const failed = results.filter(({ passed }) => !passed).length
console.log(`checks: ${results.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
