// What the quality benches share: the command line as a function, the clips that are measured, a scratch folder.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, parse, resolve } from 'node:path'

/** What `foley <args> --json` answers. */
export function foley(...args) {
  const ran = spawnSync(process.execPath, ['out/cli/index.mjs', ...args.map(String), '--json'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  if (ran.status !== 0) throw new Error(`foley ${args[0]} ended with status ${ran.status}`)
  return JSON.parse(ran.stdout)
}

/** A folder that is gone when the program ends. */
export function scratchFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `foley-${name}-`))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The clips of `clips.json` in one split; `files`: only these, by name or stem, with commas between. */
export function chooseClips(folder, split, files) {
  const all = JSON.parse(readFileSync(join(folder, 'clips.json'), 'utf8')).filter((clip) => clip.split === split)
  if (files === undefined) return all
  const wanted = files.split(',').map((name) => parse(name).name)
  const found = all.filter(({ file }) => wanted.includes(parse(file).name))
  if (found.length === wanted.length) return found
  const names = found.map(({ file }) => parse(file).name)
  throw new Error(
    `Not in the split ${split} of ${folder}: ${wanted.filter((name) => !names.includes(name)).join(', ')}`
  )
}

/**
 * Sounds the first `maxSec` of each clip once for each seed, `<stem>.wav` in a folder for each seed. `how`: arguments of
 * `foley generate`; `onClip(clip, seed, answer)` sees what it said. Returns the folders.
 */
export function generateStems({ clips, from, at, seeds, maxSec, how, onClip }) {
  const folders = seeds.map((seed) => ({ seed, path: join(at, `seed${seed}`) }))
  for (const { seed, path } of folders) {
    mkdirSync(path, { recursive: true })
    for (const clip of clips) {
      const output = ['-o', join(at, 'film.mp4'), '--stem', join(path, `${parse(clip.file).name}.wav`)]
      const to = Math.min(Number(maxSec), clip.duration)
      const given = typeof how === 'function' ? how(clip) : how
      const answer = foley(
        'generate',
        join(from, clip.file),
        ...output,
        '--seed',
        seed,
        '--to',
        to,
        '--provider',
        'cpu',
        ...given
      )
      onClip?.(clip, seed, answer)
    }
  }
  return folders.map(({ path }) => path)
}

/** A new folder `at` with a link to each clip. */
export function linkClips(clips, from, at) {
  mkdirSync(at)
  for (const { file } of clips) symlinkSync(resolve(from, file), join(at, file))
  return at
}

/** A copy of a pack whose defaults are other ones, e.g. {suggestThreshold: 0.2}. */
export function packWithDefaults(pack, defaults, at) {
  cpSync(pack, at, { recursive: true })
  const path = join(at, 'manifest.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...manifest, defaults: { ...manifest.defaults, ...defaults } }))
  return at
}

export const seedsUpTo = (count) => Array.from({ length: Number(count) }, (_, index) => index + 1)

/** A markdown table: `rows` of [name, ...cells]. */
export const markdown = (headings, rows) =>
  [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

export const fixed = (value, digits) => (value === null || value === undefined ? '-' : value.toFixed(digits))
