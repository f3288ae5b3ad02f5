/** The report as an aligned table for a person. */
import type { EvaluationReport, EvaluationRow } from '../main/analysis/evaluate'
import type { Metric, Summary } from '../main/analysis/score'

interface Column {
  readonly title: string
  readonly metric: Metric
  readonly unit: 'rate' | 'ms' | 'signedMs' | 'distance'
}

const COLUMNS: readonly Column[] = [
  { title: 'ACC', metric: 'acc', unit: 'rate' },
  { title: 'AP', metric: 'ap', unit: 'rate' },
  { title: 'F1', metric: 'f1', unit: 'rate' },
  { title: 'prec', metric: 'precision', unit: 'rate' },
  { title: 'attack F1', metric: 'attackF1', unit: 'rate' },
  { title: 'offset ms', metric: 'attackMedianSec', unit: 'signedMs' },
  { title: '|offset|', metric: 'attackMedianAbsSec', unit: 'ms' },
  { title: 'p90', metric: 'attackP90AbsSec', unit: 'ms' },
  { title: 'label F1', metric: 'labelOnsetF1', unit: 'rate' },
  { title: 'label attack F1', metric: 'labelAttackF1', unit: 'rate' },
  { title: 'label offset ms', metric: 'labelAttackMedianSec', unit: 'signedMs' },
  { title: 'label |offset|', metric: 'labelAttackMedianAbsSec', unit: 'ms' },
  { title: 'FAD', metric: 'fad', unit: 'distance' }
]

function show(value: number | null, unit: Column['unit']): string {
  if (value === null) return '-'
  switch (unit) {
    case 'rate':
      return value.toFixed(3)
    case 'distance':
      return value.toFixed(2)
    case 'ms':
      return (value * 1000).toFixed(1)
    case 'signedMs':
      return `${value > 0 ? '+' : ''}${(value * 1000).toFixed(1)}`
  }
}

/** Text left, numbers right, two spaces between. */
function align(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const pad = (cell: string, i: number): string => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}

export function formatReport(report: EvaluationReport): string {
  const { settings, droppedPieces, overFolders } = report
  const lines: { readonly name: string; readonly summary: Summary }[] = report.rows.map(
    ({ row, source, summary }: EvaluationRow) => ({
      name: row === 'generated' ? source : `${row} (${source})`,
      summary
    })
  )
  if (overFolders) {
    lines.push(
      { name: `mean of ${overFolders.folders} folders`, summary: overFolders.mean },
      { name: 'standard deviation', summary: overFolders.deviation }
    )
  }
  const columns = COLUMNS.filter(({ metric }) => lines.some(({ summary }) => summary[metric] !== null))
  const table = align([
    ['', ...columns.map(({ title }) => title)],
    ...lines.map(({ name, summary }) => [name, ...columns.map(({ metric, unit }) => show(summary[metric], unit))])
  ])
  const skipped = report.rows.filter(({ skippedClips }) => skippedClips > 0)
  const notes = [
    `${report.files} files, ${report.clips} clips of ${settings.segmentSec} s (a last piece from ${settings.minLastSec} s on counts; ` +
      `${droppedPieces.count} shorter pieces dropped, ${droppedPieces.totalSec.toFixed(1)} s), tolerance ${settings.toleranceSec} s`,
    ...skipped.map(
      ({ row, source, skippedClips }) => `${row} (${source}): ${skippedClips} clips without any onset left out`
    ),
    ...report.warnings.map((warning) => `warning: ${warning}`)
  ]
  return `${table}\n\n${notes.join('\n')}\n`
}
