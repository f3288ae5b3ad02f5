// What a fresh clone needs before anything can run. Nothing here but Node's own modules: it runs before `npm ci` has.
// Everything is said on stderr, so that stdout stays the command's own.
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
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

/** Chromium refuses to start as root unless it goes without its sandbox. */
export const isRoot = process.getuid?.() === 0

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
  // npm ci empties the folder first, through a link too: it would take the packages of whoever it belongs to.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new SetupError('node_modules is a link and out of date. Run npm ci where it leads, or remove the link.')
  }
  say('installing the Node packages (npm ci)')
  must('npm', ['ci', '--no-audit', '--no-fund'], 'npm ci')
}

const node = (...path) => join(root, 'node_modules', ...path)
const vite = (config) => [node('vite', 'bin', 'vite.js'), 'build', '--config', config, '--logLevel', 'warn']

/** What `npm run build` makes: the command line, the window, and the window's stand-in for Electron. */
const BUILDS = [
  { what: 'the command line', built: ['cli', 'index.mjs'], args: vite('vite.cli.config.ts') },
  {
    what: 'the window',
    // The last that is written.
    built: ['renderer', 'index.html'],
    args: [node('electron-vite', 'bin', 'electron-vite.js'), 'build', '--logLevel', 'warn']
  },
  { what: 'the harness', built: ['harness', 'electron.cjs'], args: vite('vite.harness.config.ts') }
]
const SOURCES = [
  ...['src', 'e2e/harness', 'package.json', 'scripts/licences.mjs', 'svelte.config.mjs'],
  ...['vite.cli.config.ts', 'electron.vite.config.ts', 'vite.harness.config.ts']
]

/** Builds what is older than its sources, or everything. */
export function ensureBuild({ force = false } = {}) {
  const changed = Math.max(...SOURCES.map((name) => newest(join(root, name))))
  for (const { what, built, args } of BUILDS) {
    const file = join(root, 'out', ...built)
    if (!force && existsSync(file) && statSync(file).mtimeMs > changed) continue
    say(`building ${what}`)
    must(process.execPath, args, `building ${what}`)
  }
}

/** Electron's own runtime, which npm does not bring (scripts/postinstall.mjs fetches it where that is possible). */
export function electronProgram() {
  const pathFile = node('electron', 'path.txt')
  const program = existsSync(pathFile) && node('electron', 'dist', readFileSync(pathFile, 'utf8').trim())
  return program && existsSync(program) ? program : undefined
}

/** Why Electron cannot show a window on this machine, or undefined. */
export function electronObstacle() {
  const program = electronProgram()
  if (program === undefined) return 'Electron’s runtime could not be downloaded (retry: npx install-electron)'
  const asNode = { stdio: 'ignore', env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } }
  if (spawnSync(program, ['-e', '0'], asNode).status !== 0) {
    return `Electron does not start: a library may be missing (try ${program} --version)`
  }
  if (process.platform !== 'linux') return undefined
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return 'There is no display for Electron'
  return isSandboxBarred(join(dirname(program), 'chrome-sandbox'))
    ? 'This system bars Electron’s sandbox (sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 allows it)'
    : undefined
}

/**
 * Where AppArmor keeps user namespaces from programs without a profile (Ubuntu 23.10 and later), Chromium's sandbox needs
 * its helper to be root's and setuid, which one in node_modules is not. As root there is no sandbox to bar.
 */
function isSandboxBarred(helper) {
  const restriction = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns'
  if (isRoot || !existsSync(restriction) || readFileSync(restriction, 'utf8').trim() !== '1') return false
  const status = statSync(helper, { throwIfNoEntry: false })
  return status === undefined || status.uid !== 0 || (status.mode & 0o4000) === 0
}

/** Where systems put it; as e2e/harness/browser.ts looks. */
const CHROMIUM_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'
]

/** The browser that shows the window where there is no Electron. */
export function ensureChromium() {
  if (process.env.CHROMIUM || CHROMIUM_PLACES.some((path) => existsSync(path))) return
  ensureSystem({ chromium: 'chromium' }, ['--version'])
}

/** Debian packages by the program that shows that they are there; installed when we may, named when we may not. */
export function ensureSystem(programs, args) {
  const missing = Object.entries(programs).filter(([program]) => !has(program, args))
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  const debian = process.platform === 'linux' && has('apt-get', ['--version'])
  if (debian && isRoot) {
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
