/** Options that several commands share, and how their words become values. */
import { InvalidArgumentError, type Command } from 'commander'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FoleyError } from '@shared/errors'
import { SOLVERS, SYNC_MODES, type Solver, type SyncMode } from '@shared/pack'
import {
  ORIGINAL_MODES,
  PROVIDERS,
  syncPointSchema,
  type GenerateSettings,
  type OriginalMode,
  type Provider,
  type SyncPoint
} from '@shared/requests'

/** The seed when none is given: the same film gives the same sound until the editor asks for another. */
export const DEFAULT_SEED = 1

/** Folders that hold packs: beside the built program (a clone, an installed app), then FOLEY_MODELS. */
export function packRoots(env: NodeJS.ProcessEnv = process.env): string[] {
  const here = dirname(fileURLToPath(import.meta.url))
  const roots = [resolve(here, '../../resources/models'), resolve(here, '../resources/models')]
  const extra = env['FOLEY_MODELS']
  return [...(extra === undefined ? [] : [resolve(extra)]), ...roots].filter((folder) => existsSync(folder))
}

/** A pack by its folder or by its name among the installed ones. @throws FoleyError `pack.not-found` */
export function findPack(nameOrPath: string, roots = packRoots()): string {
  const places = [resolve(nameOrPath), ...roots.map((root) => join(root, nameOrPath))]
  const found = places.find((folder) => existsSync(join(folder, 'manifest.json')))
  if (found !== undefined) return found
  throw new FoleyError(
    'pack.not-found',
    `There is no model pack ${nameOrPath}: neither a folder with a manifest.json nor an installed pack.`,
    'List the installed packs with "foley models", or pass the folder of one.'
  )
}

export function oneOf<T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text)
    if (found === undefined) throw new InvalidArgumentError(`It is one of ${values.join(', ')}.`)
    return found
  }
}

export const number = (text: string): number => finite(text, 'It is a number.')

const secondsOrSound = (text: string): number | 'sound' =>
  text === 'sound' ? text : finite(text, 'It is a number, or sound.')

function finite(text: string, expected: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError(expected)
  return value
}

/** "1.25,2.5@-6": times in seconds, each with an optional level in dB. */
export function parseSyncPoints(text: string): SyncPoint[] {
  return text.split(',').map((part) => {
    const [time, level, ...rest] = part.split('@')
    const loudness = level === undefined ? {} : { loudnessDb: number(level) }
    const parsed = syncPointSchema.safeParse({ timeSec: number(time ?? ''), ...loudness })
    if (!parsed.success || rest.length > 0) {
      throw new InvalidArgumentError('Points are seconds with an optional level in dB (-60 to 0): 1.25,2.5@-6')
    }
    return parsed.data
  })
}

/** What the commander options of {@link addSettings} hold. */
export interface SettingOptions {
  readonly guidance?: number
  readonly steps?: number
  readonly solver?: Solver
  readonly seed: number
  readonly material?: string
  readonly syncMode?: SyncMode
  readonly sync?: readonly SyncPoint[]
  readonly pictureOffset?: number | 'sound'
  readonly original: OriginalMode
  readonly gainDb: number
  readonly model: string
  readonly provider: Provider
}

export function addSettings(command: Command): Command {
  return command
    .option('--guidance <scale>', 'how closely the sound follows the picture (0 to 20)', number)
    .option('--steps <n>', 'solver steps (1 to 200)', number)
    .option('--solver <name>', SOLVERS.join(', '), oneOf(SOLVERS))
    .option('--seed <n>', 'the same seed gives the same take', number, DEFAULT_SEED)
    .option('--material <tag>', 'what it should sound of; without it, as seen')
    .option('--sync <points>', 'sync points: seconds, each with an optional level in dB: 1.25,2.5@-6', parseSyncPoints)
    .option('--sync-mode <mode>', `${SYNC_MODES.join(', ')}: how the points are used`, oneOf(SYNC_MODES))
    .option(
      '--picture-offset <s>',
      "what is seen counts as so much later, or earlier: -0.025 (-0.5 to 0.5); sound: as the film's own sound tells; " +
        'left out, as a converted film needs',
      secondsOrSound
    )
    .option('--original <mode>', `the film's own sound: ${ORIGINAL_MODES.join(', ')}`, oneOf(ORIGINAL_MODES), 'replace')
    .option('--gain-db <dB>', 'gain of the generated sound (-60 to 24)', number, 0)
    .option('--model <pack>', 'a model pack, by name or folder', 'hits')
    .option('--provider <name>', PROVIDERS.join(', '), oneOf(PROVIDERS), 'auto')
}

/**
 * Points without a mode guide the model, and leave it free to add.
 *
 * @throws FoleyError `request.invalid` for points beside the mode that would not look at them
 */
export function settingsOf(options: SettingOptions): GenerateSettings {
  if (options.sync !== undefined && options.syncMode === 'off') {
    throw new FoleyError(
      'request.invalid',
      '--sync gives points, but --sync-mode off does not look at them.',
      'Take --sync-mode hints or only, or leave --sync out.'
    )
  }
  const syncMode = options.syncMode ?? (options.sync === undefined ? undefined : 'hints')
  return {
    seed: options.seed,
    ...(options.guidance === undefined ? {} : { guidance: options.guidance }),
    ...(options.steps === undefined ? {} : { steps: options.steps }),
    ...(options.solver === undefined ? {} : { solver: options.solver }),
    ...(options.material === undefined ? {} : { material: options.material }),
    ...(syncMode === undefined ? {} : { syncMode }),
    ...(options.sync === undefined ? {} : { syncPoints: [...options.sync] }),
    ...(options.pictureOffset === undefined ? {} : { pictureOffsetSec: options.pictureOffset })
  }
}
