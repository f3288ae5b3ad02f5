// The text behind "About > Licences": every package that ships, with its licence, gathered when the window is built.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
// Compiled into the window, and so listed among devDependencies.
const BUNDLED = ['svelte', 'immer', 'tinykeys', 'wavesurfer.js']
const RULE = '-'.repeat(72)

/** Vite plugin: writes `licences.txt` beside the built main process. */
export function licencesPlugin() {
  return {
    name: 'foley-licences',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: licenceText() })
    }
  }
}

/** Ours first, then the programs that are called, then the packages by name. */
export function licenceText() {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const packages = new Map()
  const wanted = [...Object.keys(own.dependencies), ...Object.keys(own.optionalDependencies ?? {}), ...BUNDLED]
  for (const name of wanted) collect(name, root, packages)
  const entries = [...packages.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return [
    `Foley Studio ${own.version}`,
    readFileSync(join(root, 'LICENSE'), 'utf8').trim(),
    'ffmpeg and ffprobe are separate programs that Foley Studio calls; where they are bundled (ffmpeg-static, ' +
      '@ffprobe-installer) they stand under the GNU General Public License, version 3. Electron and Chromium: see ' +
      'LICENSE.electron.txt and LICENSES.chromium.html beside the program. The licence of each model pack stands in Settings.',
    ...entries.map(({ name, version, licence, text }) => `${name} ${version} (${licence})\n\n${text}`.trim())
  ].join(`\n\n${RULE}\n\n`)
}

function collect(name, from, packages) {
  const folder = find(name, from)
  if (folder === undefined || packages.has(folder)) return
  const { version, license, dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.|$)/i.test(entry))
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim()
  const licence = typeof license === 'string' ? license : (license?.type ?? 'see the package')
  packages.set(folder, { name, version, licence, text })
  for (const dependency of Object.keys(dependencies)) collect(dependency, folder, packages)
}

/** As Node resolves it: the nearest node_modules upwards. */
function find(name, from) {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
  }
  return undefined
}
