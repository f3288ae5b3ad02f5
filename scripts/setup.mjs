// What a fresh clone needs before anything can run. Nothing here but Node's own modules: it runs before `npm ci` has.
// Everything is said on stderr, so that stdout stays the command's own.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
export const venvPython = join(
  root,
  '.venv',
  process.platform === 'win32' ? 'Scripts' : 'bin',
  process.platform === 'win32' ? 'python.exe' : 'python'
)

export const say = (message) => process.stderr.write(`[setup] ${message}\n`)

export class SetupError extends Error {}

/** Runs a program with its output on stderr; returns its exit status. */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && program === 'npm',
    ...options
  })
  return result.status ?? 1
}

function must(program, args, what) {
  if (run(program, args) !== 0) throw new SetupError(`${what} failed: ${[program, ...args].join(' ')}`)
}

const has = (program, args = ['-version']) => spawnSync(program, args, { stdio: 'ignore' }).status === 0

function newest(path) {
  const status = statSync(path)
  if (!status.isDirectory()) return status.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
}

export function ensureNodeModules() {
  const lock = join(root, 'package-lock.json')
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  say('installing the Node packages (npm ci)')
  must('npm', ['ci', '--no-audit', '--no-fund'], 'npm ci')
}

export function ensureBuild() {
  const built = join(root, 'out', 'cli', 'index.mjs')
  const sources = ['src', 'package.json', 'vite.cli.config.ts'].map((name) => join(root, name))
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...sources.map(newest))) return
  say('building the command line')
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  must(process.execPath, [vite, 'build', '--config', 'vite.cli.config.ts', '--logLevel', 'warn'], 'the build')
}

/** Debian packages by the program that shows that they are there; installed when we may, named when we may not. */
export function ensureSystem(programs) {
  const missing = Object.entries(programs).filter(([program]) => !has(program))
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  const debian = process.platform === 'linux' && has('apt-get', ['--version'])
  if (debian && process.getuid?.() === 0) {
    say(`installing ${packages.join(', ')} (apt-get)`)
    const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
    run('apt-get', ['update', '-qq'], options)
    if (run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options) === 0) return
  }
  throw new SetupError(
    `missing: ${missing.map(([program]) => program).join(', ')}. Install ${packages.join(', ')}` +
      (debian ? ` (sudo apt-get install ${packages.join(' ')})` : ' with your system’s package manager') +
      ' and run this again.'
  )
}

/** ffmpeg: FFMPEG_BIN, then ffmpeg-static's download, then PATH; the application looks in the same order. */
export function ensureFfmpeg() {
  const name = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg'
  const candidates = [process.env.FFMPEG_BIN, join(root, 'node_modules', 'ffmpeg-static', name)]
  if (candidates.some((path) => path && existsSync(path))) return
  ensureSystem({ ffmpeg: 'ffmpeg' })
}

export function ensurePython() {
  const wanted = readFileSync(join(root, 'training', 'requirements.txt'), 'utf8')
  const stamp = join(root, '.venv', 'foley-requirements.txt')
  if (existsSync(venvPython) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const python = ['python3', 'python'].find((name) =>
    has(name, ['-c', 'import sys; assert sys.version_info >= (3, 11)'])
  )
  if (!python) throw new SetupError('missing: Python 3.11 or newer. Install it and run this again.')
  if (!existsSync(venvPython)) {
    say('making .venv')
    must(python, ['-m', 'venv', '.venv'], 'python -m venv (on Debian: apt-get install python3-venv)')
  }
  say('installing the Python packages')
  // torch first and alone: its exact version may be served as a CPU build, which a later resolution must not replace.
  const torch = wanted.split('\n').find((line) => line.startsWith('torch=='))
  if (torch) must(venvPython, ['-m', 'pip', 'install', '-q', torch.trim()], 'pip install torch')
  must(venvPython, ['-m', 'pip', 'install', '-q', '-r', 'training/requirements.txt'], 'pip install')
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

/** Runs `main`; a set-up problem ends with one line and status 1 instead of a stack. */
export function withSetup(main) {
  try {
    main()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(error.message)
    process.exit(1)
  }
}
