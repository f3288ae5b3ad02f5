import { parseArgs } from 'node:util'

/**
 * What the command line gives for `options` (as `parseArgs` takes them). Where it has another argument, or lacks one of
 * `required`, the program says so and how it is used, and ends with status 2.
 */
export function readArguments({ usage, required = [], options }) {
  try {
    const { values } = parseArgs({ options })
    const missing = required.filter((name) => values[name] === undefined)
    if (missing.length === 0) return values
    throw new Error(`Missing: ${missing.map((name) => `--${name}`).join(', ')}`)
  } catch (error) {
    process.stderr.write(`${error.message}\nusage: ${usage}\n`)
    process.exit(2)
  }
}
