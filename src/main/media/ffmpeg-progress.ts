/** How far ffmpeg has come with a film that it writes. */

/** It tells on stdout. */
export const PROGRESS = ['-progress', 'pipe:1', '-nostats'] as const

/** Takes those lines; `onFraction` is told 0..1 of `durationSec`, never going back. */
export function progressLines(durationSec: number, onFraction: (fraction: number) => void): (line: string) => void {
  let done = 0
  return (line) => {
    const micros = /^out_time_us=(\d+)$/.exec(line)?.[1]
    if (micros === undefined) return
    done = Math.max(done, Math.min(1, Number(micros) / 1e6 / durationSec))
    onFraction(done)
  }
}
