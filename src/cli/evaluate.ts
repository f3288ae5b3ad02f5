/** `foley evaluate`: the quality table of generated sound against its reference. */
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { FoleyError } from '@shared/errors'
import { loadEmbedding } from '../main/analysis/embedding'
import { evaluate, EXTRA_ROWS, type EvaluationReport, type ExtraRow } from '../main/analysis/evaluate'
import { type Labels, parseLabels } from '../main/analysis/labels'
import { CLICK_BANK, type OneShot, type OneShotBank, toOneShot } from '../main/analysis/oracle'
import { seededRandom } from '../main/analysis/random'
import type { ReadMono } from '../main/analysis/sound'
import { TOLERANCE_SEC } from '../main/analysis/sync'
import { parseTriggers, type TriggerSet } from '../main/analysis/trigger'
import { matchFiles, mediaUnder } from './evaluate-files'
import { formatReport } from './evaluate-table'
import { mediaReader } from './read-mono'

interface Options {
  readonly reference: string
  readonly generated: readonly string[]
  readonly labels?: string
  readonly tolerance: number
  readonly segment: number
  readonly maxSec?: number
  readonly rows: readonly ExtraRow[]
  readonly draws: number
  readonly seed: number
  readonly oneshots?: string
  readonly triggers?: string
  readonly embedding?: string
  readonly json?: true
}

/** One-shots decoded for the oracle: enough for variety, few enough to wait for. */
const ONE_SHOTS = 32

function outOfRange(flag: string, expected: string, text: string): FoleyError {
  return new FoleyError(
    'request.range',
    `${flag} takes ${expected}; "${text}" arrived.`,
    `Pass ${expected} to ${flag}.`
  )
}

function number(flag: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= low && value <= high) return value
    throw outOfRange(flag, `a number from ${low} to ${high}`, text)
  }
}

function integer(flag: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= low && value <= high) return value
    throw outOfRange(flag, `a whole number from ${low} to ${high}`, text)
  }
}

function parseRows(text: string): ExtraRow[] {
  if (text === 'none') return []
  return text.split(',').map((word) => {
    const row = EXTRA_ROWS.find((name) => name === word.trim())
    if (row) return row
    throw outOfRange('--rows', `some of ${EXTRA_ROWS.join(', ')}, with commas between, or none`, text)
  })
}

/** @throws FoleyError `input.unreadable`, `request.invalid` */
async function readJson(path: string, what: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FoleyError('input.unreadable', `The ${what} ${path} cannot be read.`, 'Check the path.', { cause })
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new FoleyError('request.invalid', `The ${what} ${path} are not JSON.`, 'Pass a JSON file.', { cause })
  }
}

const readLabels = async (path: string): Promise<ReadonlyMap<string, Labels>> =>
  parseLabels(await readJson(path, 'labels'), path)

const readTriggers = async (path: string): Promise<readonly TriggerSet[]> =>
  parseTriggers(await readJson(path, 'triggers'), path)

/** Up to ONE_SHOTS recordings, drawn by the seed, that hold exactly one attack. */
export async function readOneShots(folder: string, seed: number, readMono: ReadMono): Promise<OneShotBank> {
  const paths = await mediaUnder(folder, true)
  const random = seededRandom(seed)
  const shots: OneShot[] = []
  while (shots.length < ONE_SHOTS && paths.length > 0) {
    const [path] = paths.splice(Math.floor(random() * paths.length), 1)
    const shot = toOneShot(await readMono(path!))
    if (shot) shots.push(shot)
  }
  if (shots.length > 0) return { name: `${shots.length} one-shots of ${folder}`, shots }
  throw new FoleyError(
    'input.empty',
    `${folder} holds no recording of a single impact.`,
    'Pass a folder of one-shots to --oneshots, or leave it out to use a synthetic click.'
  )
}

async function run(options: Options, readMono: ReadMono): Promise<EvaluationReport> {
  const { files, warnings } = await matchFiles(options.reference, options.generated)
  const labels = options.labels === undefined ? undefined : await readLabels(options.labels)
  if (labels && !files.some(({ name }) => labels.has(name))) {
    throw new FoleyError(
      'input.empty',
      `None of the ${files.length} files is labelled in ${options.labels!}.`,
      'Labels are matched by the stem of their "file"; leave --labels out to do without.'
    )
  }
  const triggers = options.triggers === undefined ? [] : await readTriggers(options.triggers)
  const needsShots = options.rows.includes('oracle') || triggers.length > 0
  const oneShots =
    needsShots && options.oneshots !== undefined
      ? await readOneShots(options.oneshots, options.seed, readMono)
      : CLICK_BANK
  const embedding = options.embedding === undefined ? undefined : await loadEmbedding(options.embedding)
  try {
    const report = await evaluate(files, readMono, {
      folders: options.generated,
      toleranceSec: options.tolerance,
      segmentSec: options.segment,
      maxSec: options.maxSec ?? Infinity,
      rows: options.rows,
      draws: options.draws,
      seed: options.seed,
      oneShots,
      triggers,
      ...(labels ? { labels } : {}),
      ...(embedding ? { embed: embedding.embed } : {})
    })
    return { ...report, warnings: [...warnings, ...report.warnings] }
  } finally {
    await embedding?.dispose()
  }
}

/** The sub-command; `readMono` and `write` are injected by tests. Errors are thrown as FoleyError. */
export function evaluateCommand(
  readMono: ReadMono = mediaReader(),
  write: (text: string) => unknown = (text) => process.stdout.write(text)
): Command {
  const append = (folder: string, folders: readonly string[]): string[] => [...folders, folder]
  return new Command('evaluate')
    .description('measure how well generated sound is in sync with its reference (ACC, AP, F1, attack offsets, FAD)')
    .requiredOption('--reference <dir>', 'recordings, or films with their original sound')
    .option('--generated <dir>', 'generated films or stems of the same names; repeat it for several seeds', append, [])
    .option('--labels <clips.json>', 'human labels: a list of {file, hits: [[seconds, ...]], annotated_until}')
    .option(
      '--tolerance <sec>',
      'an onset counts as hit within this time',
      number('--tolerance', 0.001, 1),
      TOLERANCE_SEC
    )
    .option('--segment <sec>', 'length of a clip', number('--segment', 0.5, 3600), 10)
    .option('--max-sec <sec>', 'use only the start of each file', number('--max-sec', 0.5, 1e6))
    .option('--rows <list>', `rows beside the generated ones: ${EXTRA_ROWS.join(', ')} or none`, parseRows, [
      'oracle',
      'chance'
    ])
    .option('--draws <n>', 'circular shifts behind the row chance', integer('--draws', 1, 100_000), 1000)
    .option('--seed <n>', 'of oracle and chance', integer('--seed', 0, 0xffff_ffff), 0)
    .option('--oneshots <dir>', 'recordings of single impacts for oracle and trigger (default: a synthetic click)')
    .option(
      '--triggers <file.json>',
      'a row for each list of impacts seen: [{name, files: {stem: [{timeSec, loudnessDb}]}}]'
    )
    .option('--embedding <x.onnx>', 'Fréchet distance with this network: waveform [1, n] at 16 kHz -> [frames, d]')
    .option('--json', 'print one JSON object')
    .action(async (options: Options) => {
      const report = await run(options, readMono)
      write(options.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report))
    })
}
