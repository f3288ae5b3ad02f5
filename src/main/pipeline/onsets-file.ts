/** Onsets of a take as a file that spreadsheets and editors read. */
import type { Onset } from '@shared/requests'

const seconds = (value: number): string => value.toFixed(4)

/** `.json` gives a list of objects, `.csv` rows under a header. */
export function formatOnsets(path: string, onsets: readonly Onset[]): string {
  if (path.toLowerCase().endsWith('.json')) return `${JSON.stringify(onsets, null, 2)}\n`
  const rows = onsets.map(({ timeSec, confidence }) => `${seconds(timeSec)},${confidence.toFixed(4)}`)
  return ['time_sec,confidence', ...rows, ''].join('\n')
}
