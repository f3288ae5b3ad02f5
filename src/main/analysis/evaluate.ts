/** The quality table: generated sound against its reference, between the rows *oracle* and *chance*. */
import { FoleyError } from '@shared/errors'
import { mean, standardDeviation } from '@shared/statistics'
import { drawChance } from './chance'
import { type Gaussian, GaussianFit, frechetDistance } from './frechet'
import { type EvaluationFile, type Fits, hearFile, type ListenOptions } from './listen'
import { drawOracle, type OneShotBank } from './oracle'
import { itemSeed, type Random, seededRandom } from './random'
import { RESAMPLER_NAME } from './resample'
import { type ClipEvents, type ClipScore, type ClipTruth, combine, scoreClip, summarise, type Summary } from './score'
import type { ReadMono } from './sound'
import { drawTrigger, type TriggerSet } from './trigger'

/** `reference`: the reference against itself, of interest beside human labels. */
export const EXTRA_ROWS = ['oracle', 'chance', 'reference'] as const
export type ExtraRow = (typeof EXTRA_ROWS)[number]

export interface EvaluateOptions extends ListenOptions {
  /** Names of the generated folders, in the order of `generatedPaths`. */
  readonly folders: readonly string[]
  readonly toleranceSec: number
  readonly rows: readonly ExtraRow[]
  /** Circular shifts for *chance*. */
  readonly draws: number
  readonly seed: number
  readonly oneShots: OneShotBank
  /** One row *trigger* each. */
  readonly triggers?: readonly TriggerSet[]
  readonly onProgress?: (fraction: number) => void
}

/** One clip's part of a row; `referenceOnsets` 0 and `generatedOnsets` 0 together mean that it was left out of the means. */
export interface ClipRecord extends Summary {
  readonly name: string
  readonly startSec: number
  readonly lengthSec: number
  readonly referenceOnsets: number
  /** Means over draws, in a row with draws. */
  readonly generatedOnsets: number
  readonly hits: number
}

export interface EvaluationRow {
  readonly row: 'generated' | 'trigger' | ExtraRow
  /** The folder, or what the row was made of. */
  readonly source: string
  readonly summary: Summary
  /** Clips without an onset on either side: they say nothing about sync and are not in the means of sync. */
  readonly skippedClips: number
  readonly clips: readonly ClipRecord[]
}

export interface EvaluationReport {
  readonly settings: {
    readonly toleranceSec: number
    readonly segmentSec: number
    /** The last piece of a file is a clip from this length on. */
    readonly minLastSec: number
    readonly maxSec: number | null
    readonly detector: string
    readonly resampler: string
    readonly seed: number
  }
  readonly files: number
  readonly clips: number
  readonly droppedPieces: { readonly count: number; readonly totalSec: number }
  readonly rows: readonly EvaluationRow[]
  /** Over the generated folders, when there are several: mean and sample standard deviation of each column. */
  readonly overFolders: { readonly folders: number; readonly mean: Summary; readonly deviation: Summary } | null
  readonly warnings: readonly string[]
}

/** Scores of one row: [clip][draw]. */
function makeRow(
  row: EvaluationRow['row'],
  source: string,
  truths: readonly ClipTruth[],
  scores: readonly (readonly ClipScore[])[],
  fad: number | null
): EvaluationRow {
  const clips = truths.map((truth, i): ClipRecord => {
    const draws = scores[i]!
    const average = (pick: (score: ClipScore) => number | undefined): number =>
      mean(draws.map((score) => pick(score) ?? 0)) ?? 0
    return {
      name: truth.name,
      startSec: truth.startSec,
      lengthSec: truth.lengthSec,
      referenceOnsets: truth.onsets.length,
      generatedOnsets: average((score) => score.sync?.generatedCount),
      hits: average((score) => score.sync?.hits),
      ...summarise([draws])
    }
  })
  const skippedClips = scores.filter((draws) => draws.every((score) => score.sync === undefined)).length
  return { row, source, summary: { ...summarise(scores), fad }, skippedClips, clips }
}

/** A row that is drawn for each clip; one clip's draws do not depend on the clips before it. */
function drawnRow(
  row: EvaluationRow['row'],
  source: string,
  truths: readonly ClipTruth[],
  { toleranceSec, seed }: EvaluateOptions,
  draw: (truth: ClipTruth, random: Random) => readonly ClipEvents[]
): EvaluationRow {
  const scores = truths.map((truth, i) =>
    draw(truth, seededRandom(itemSeed(seed, i))).map((events) => scoreClip(truth, events, toleranceSec))
  )
  return makeRow(row, source, truths, scores, null)
}

function extraRow(row: ExtraRow, truths: readonly ClipTruth[], options: EvaluateOptions): EvaluationRow {
  const { draws, oneShots } = options
  switch (row) {
    case 'oracle':
      return drawnRow(row, oneShots.name, truths, options, (truth, random) => drawOracle(truth, oneShots, random))
    case 'chance':
      return drawnRow(row, `${draws} circular shifts`, truths, options, (truth, random) =>
        drawChance(truth, draws, random)
      )
    case 'reference':
      return drawnRow(row, 'the reference itself', truths, options, (truth) => [truth])
  }
}

function triggerRow(set: TriggerSet, truths: readonly ClipTruth[], options: EvaluateOptions): EvaluationRow {
  return drawnRow('trigger', set.name, truths, options, (truth, random) =>
    drawTrigger(truth, set, options.oneShots, random)
  )
}

function distance(reference: Gaussian | undefined, generated: Gaussian | undefined, warnings: string[]): number | null {
  if (reference && generated) return frechetDistance(reference, generated)
  warnings.push('Too few embeddings for a Fréchet distance: at least two frames are needed on each side.')
  return null
}

function checkReference(truths: readonly ClipTruth[]): void {
  if (truths.some(({ onsets }) => onsets.length > 0)) return
  throw new FoleyError(
    'input.empty',
    `No onset was found in any of the ${truths.length} reference clips.`,
    'Check that --reference holds the recordings with their original sound.'
  )
}

/**
 * Evaluates matched files. Throws `input.empty` when the whole reference has no onset, whatever `readMono` throws for a
 * file that cannot be read, and the signal's reason when aborted.
 */
export async function evaluate(
  files: readonly EvaluationFile[],
  readMono: ReadMono,
  options: EvaluateOptions
): Promise<EvaluationReport> {
  const { folders, toleranceSec, segmentSec, maxSec, seed } = options
  const fits: Fits = { reference: new GaussianFit(), generated: folders.map(() => new GaussianFit()) }
  const truths: ClipTruth[] = []
  const heard: ClipEvents[][] = folders.map(() => [])
  const dropped: number[] = []
  const warnings: string[] = []
  for (const [i, file] of files.entries()) {
    options.signal?.throwIfAborted()
    const result = await hearFile(file, readMono, options, fits)
    truths.push(...result.truths)
    result.generated.forEach((clips, folder) => heard[folder]!.push(...clips))
    if (result.droppedSec > 0) dropped.push(result.droppedSec)
    warnings.push(...result.warnings)
    options.onProgress?.((i + 1) / files.length)
  }
  checkReference(truths)
  const reference = options.embed ? fits.reference.fit() : undefined
  const generatedRows = folders.map((folder, f) => {
    const scores = truths.map((truth, i) => [scoreClip(truth, heard[f]![i]!, toleranceSec)])
    const fad = options.embed ? distance(reference, fits.generated[f]!.fit(), warnings) : null
    return makeRow('generated', folder, truths, scores, fad)
  })
  const summaries = generatedRows.map(({ summary }) => summary)
  return {
    settings: {
      toleranceSec,
      segmentSec,
      minLastSec: segmentSec / 2,
      maxSec: Number.isFinite(maxSec) ? maxSec : null,
      detector: 'librosa 0.11 onset_detect, delta 0.3, 22 050 Hz; attacks: 1 ms energy rise',
      resampler: RESAMPLER_NAME,
      seed
    },
    files: files.length,
    clips: truths.length,
    droppedPieces: { count: dropped.length, totalSec: dropped.reduce((sum, sec) => sum + sec, 0) },
    rows: [
      ...generatedRows,
      ...(options.triggers ?? []).map((set) => triggerRow(set, truths, options)),
      ...options.rows.map((row) => extraRow(row, truths, options))
    ],
    overFolders:
      folders.length > 1
        ? { folders: folders.length, mean: combine(summaries, mean), deviation: combine(summaries, standardDeviation) }
        : null,
    warnings
  }
}
