/** What will be made and where: decided before anything runs, from the request and what the film is. */
import { parse } from 'node:path'
import { FoleyError } from '@shared/errors'
import { secondsToSamples } from '@shared/time'
import { coveringLatents } from './draw'

export interface TakePlan {
  readonly seed: number
  readonly outputPath: string
  readonly stemPath?: string
  readonly onsetsPath?: string
}

/** Paths of the takes after the first carry their number before the extension: out.mp4, out.take2.mp4, ... */
export function planTakes(request: {
  readonly takes: number
  readonly outputPath: string
  readonly stemPath?: string | undefined
  readonly onsetsPath?: string | undefined
  readonly settings: { readonly seed: number }
}): TakePlan[] {
  const numbered = (path: string, take: number): string => {
    if (take === 1) return path
    const { ext } = parse(path)
    return `${path.slice(0, path.length - ext.length)}.take${take}${ext}`
  }
  return Array.from({ length: request.takes }, (_, index) => ({
    seed: (request.settings.seed + index) >>> 0,
    outputPath: numbered(request.outputPath, index + 1),
    ...(request.stemPath === undefined ? {} : { stemPath: numbered(request.stemPath, index + 1) }),
    ...(request.onsetsPath === undefined ? {} : { onsetsPath: numbered(request.onsetsPath, index + 1) })
  }))
}

export interface RangePlan {
  /** Length of the whole track: round(duration * 48000). */
  readonly totalSamples: number
  /** The track is silent outside `fromSample <= n < toSample`. */
  readonly fromSample: number
  readonly toSample: number
  /** Latents that cover the range; the last may reach past the film's end. */
  readonly fromLatent: number
  readonly toLatent: number
}

/** Seconds; left out: the film's own start and end. */
interface AskedRange {
  readonly fromSec?: number | undefined
  readonly toSec?: number | undefined
}

/** @throws FoleyError `request.range` for a range that is empty or begins after the film's end */
export function planRange(film: { readonly durationSec: number }, latentRateHz: number, range: AskedRange): RangePlan {
  const totalSamples = secondsToSamples(film.durationSec)
  const fromSample = secondsToSamples(range.fromSec ?? 0)
  const toSample = Math.min(secondsToSamples(range.toSec ?? film.durationSec), totalSamples)
  if (fromSample >= toSample) {
    throw new FoleyError(
      'request.range',
      `The range ${range.fromSec ?? 0} s to ${range.toSec ?? film.durationSec} s holds nothing of a film of ${film.durationSec.toFixed(3)} s.`,
      'Choose a start before the end, both inside the film.'
    )
  }
  return { totalSamples, fromSample, toSample, ...coveringLatents({ fromSample, toSample }, latentRateHz) }
}

/** A point where nothing is drawn would be dropped without a word. @throws FoleyError `request.range` */
export function checkPoints(
  { durationSec }: { readonly durationSec: number },
  points: readonly { readonly timeSec: number }[],
  range: AskedRange = {}
): void {
  const { fromSec = 0, toSec = durationSec } = range
  const stray = points.find(({ timeSec }) => timeSec < fromSec || timeSec >= Math.min(toSec, durationSec))
  if (stray === undefined) return
  if (stray.timeSec >= durationSec) {
    throw new FoleyError(
      'request.range',
      `The sync point at ${stray.timeSec} s is not in a film of ${durationSec.toFixed(3)} s.`,
      'Give points that come before its end.'
    )
  }
  throw new FoleyError(
    'request.range',
    `The sync point at ${stray.timeSec} s is not in the range from ${fromSec} s to ${toSec} s.`,
    'Give points inside the range, or leave --from and --to out.'
  )
}
