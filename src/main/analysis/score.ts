/** Scores of clips and their summary: the numbers of one row of a quality table. */
import { mean, quantile } from '@shared/statistics'
import { type InstantMatch, matchInstants } from './matching'
import type { Detection } from './onsets'
import { type SyncScore, scoreSync, suppressNeighbours } from './sync'

/** What is heard in one clip; seconds from the clip's start. */
export interface ClipEvents {
  readonly onsets: readonly Detection[]
  readonly attacksSec: readonly number[]
}

/** What a clip is measured against. */
export interface ClipTruth extends ClipEvents {
  readonly name: string
  readonly startSec: number
  readonly lengthSec: number
  /** Human labels, when there are any: instants, and where the labelled part of the clip ends. */
  readonly labels?: { readonly timesSec: readonly number[]; readonly untilSec: number }
}

/** A part is undefined when neither side has anything to match there. */
export interface ClipScore {
  readonly sync: SyncScore | undefined
  readonly attacks: InstantMatch | undefined
  readonly labelOnsets: InstantMatch | undefined
  readonly labelAttacks: InstantMatch | undefined
}

export function scoreClip(truth: ClipTruth, heard: ClipEvents, toleranceSec: number): ClipScore {
  const againstLabels = (timesSec: readonly number[]): InstantMatch | undefined => {
    const { labels } = truth
    if (!labels || labels.untilSec <= 0) return undefined
    return matchInstants(
      labels.timesSec,
      timesSec.filter((time) => time < labels.untilSec),
      toleranceSec
    )
  }
  const onsetsSec = suppressNeighbours(heard.onsets).map(({ timeSec }) => timeSec)
  const referenceSec = truth.onsets.map(({ timeSec }) => timeSec)
  return {
    sync: scoreSync(referenceSec, heard.onsets, toleranceSec),
    attacks: matchInstants(truth.attacksSec, heard.attacksSec, toleranceSec),
    labelOnsets: againstLabels(onsetsSec),
    labelAttacks: againstLabels(heard.attacksSec)
  }
}

/** Offsets are generated minus reference in seconds: positive = late; `Abs` marks absolute values, P90 the 90th percentile. */
export const METRICS = [
  'acc',
  'ap',
  'f1',
  'precision',
  'recall',
  'onsetMedianSec',
  'onsetMedianAbsSec',
  'attackF1',
  'attackMedianSec',
  'attackP90Sec',
  'attackMedianAbsSec',
  'attackP90AbsSec',
  'labelOnsetF1',
  'labelOnsetMedianSec',
  'labelOnsetMedianAbsSec',
  'labelAttackF1',
  'labelAttackMedianSec',
  'labelAttackMedianAbsSec',
  'labelAttackP90AbsSec',
  'fad'
] as const
export type Metric = (typeof METRICS)[number]

/** Null where there was nothing to measure. */
export type Summary = Readonly<Record<Metric, number | null>>

/**
 * Rates are averaged over draws, then over clips, each clip with the same weight; offsets are pooled over everything
 * that matched. `clips`: the scores of each clip, one for each draw (one draw unless the row is random). `fad` is not
 * known here.
 */
export function summarise(clips: readonly (readonly ClipScore[])[]): Summary {
  type Part = 'attacks' | 'labelOnsets' | 'labelAttacks'
  const known = <T>(values: readonly (T | null | undefined)[]): T[] => values.filter((value) => value != null)
  const average = (pick: (score: ClipScore) => number | undefined): number | null =>
    mean(known(clips.map((draws) => mean(known(draws.map(pick))))))
  const pooled = (pick: (score: ClipScore) => readonly number[] | undefined): number[] =>
    clips.flatMap((draws) => draws.flatMap((score) => pick(score) ?? []))
  const absolute = (values: readonly number[]): number[] => values.map(Math.abs)
  const onset = pooled((score) => score.sync?.offsetsSec)
  const part = (name: Part): number[] => pooled((score) => score[name]?.offsetsSec)
  const [attack, labelOnset, labelAttack] = [part('attacks'), part('labelOnsets'), part('labelAttacks')]
  return {
    acc: average((score) => score.sync?.acc),
    ap: average((score) => score.sync?.ap),
    f1: average((score) => score.sync?.f1),
    precision: average((score) => score.sync?.precision),
    recall: average((score) => score.sync?.recall),
    onsetMedianSec: quantile(onset, 0.5),
    onsetMedianAbsSec: quantile(absolute(onset), 0.5),
    attackF1: average((score) => score.attacks?.f1),
    attackMedianSec: quantile(attack, 0.5),
    attackP90Sec: quantile(attack, 0.9),
    attackMedianAbsSec: quantile(absolute(attack), 0.5),
    attackP90AbsSec: quantile(absolute(attack), 0.9),
    labelOnsetF1: average((score) => score.labelOnsets?.f1),
    labelOnsetMedianSec: quantile(labelOnset, 0.5),
    labelOnsetMedianAbsSec: quantile(absolute(labelOnset), 0.5),
    labelAttackF1: average((score) => score.labelAttacks?.f1),
    labelAttackMedianSec: quantile(labelAttack, 0.5),
    labelAttackMedianAbsSec: quantile(absolute(labelAttack), 0.5),
    labelAttackP90AbsSec: quantile(absolute(labelAttack), 0.9),
    fad: null
  }
}

/** Column by column over several summaries; null where any of them has no number. */
export function combine(summaries: readonly Summary[], how: (values: readonly number[]) => number | null): Summary {
  const column = (metric: Metric): number | null => {
    const values = summaries.map((summary) => summary[metric]).filter((value) => value !== null)
    return values.length === summaries.length ? how(values) : null
  }
  return Object.fromEntries(METRICS.map((metric) => [metric, column(metric)])) as Record<Metric, number | null>
}
