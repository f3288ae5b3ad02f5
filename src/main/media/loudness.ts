/** How loud a sound is: EBU R 128 / ITU-R BS.1770, measured by ffmpeg's `loudnorm`. */
import { z } from 'zod'
import { FoleyError } from '@shared/errors'
import { inputArguments } from './arguments'
import { runTool } from './spawn'
import type { MediaTools } from './tools'

/** -Infinity for silence, and for a sound shorter than the 0.4 s that the standard gates by. */
export interface Loudness {
  readonly integratedLufs: number
  readonly truePeakDbtp: number
  readonly rangeLu: number
  /** What a second, linear pass must be told besides. */
  readonly thresholdLufs: number
  readonly targetOffsetLu: number
}

const decibels = z.string().transform((text) => (text === '-inf' ? -Infinity : Number(text)))
const measurementSchema = z
  .object({
    input_i: decibels,
    input_tp: decibels,
    input_lra: decibels,
    input_thresh: decibels,
    target_offset: z.string().transform((text) => (text === 'inf' ? Infinity : Number(text)))
  })
  .transform((measured): Loudness => ({
    integratedLufs: measured.input_i,
    truePeakDbtp: measured.input_tp,
    rangeLu: measured.input_lra,
    thresholdLufs: measured.input_thresh,
    targetOffsetLu: measured.target_offset
  }))

/** The first pass of two. @throws FoleyError `ffmpeg.failed`, also when the file has no sound */
export async function measureLoudness(path: string, tools: MediaTools, signal?: AbortSignal): Promise<Loudness> {
  return measure(inputArguments(path), ['-map', '0:a:0', '-af', METER], tools, signal)
}

/** The same of what a filter graph over `inputs` puts out as [bus]. */
export async function measureGraph(
  inputs: readonly string[],
  graph: string,
  tools: MediaTools,
  signal?: AbortSignal
): Promise<Loudness> {
  const metered = ['-filter_complex', `${graph};[bus]${METER}[measured]`, '-map', '[measured]']
  return measure(inputs, metered, tools, signal)
}

const METER = 'loudnorm=print_format=json'

async function measure(
  inputs: readonly string[],
  sound: readonly string[],
  tools: MediaTools,
  signal: AbortSignal | undefined
): Promise<Loudness> {
  // loudnorm reports on stderr at the level "info".
  const args = ['-hide_banner', '-nostdin', '-nostats', '-v', 'info', ...inputs, ...sound, '-f', 'null', '-']
  const { lastWords } = await runTool(tools.ffmpeg, args, { signal })
  const measured = measurementSchema.safeParse(parseJson(lastWords.slice(lastWords.lastIndexOf('{'))))
  if (measured.success) return measured.data
  throw new FoleyError('ffmpeg.failed', 'ffmpeg reported no loudness.', 'Use ffmpeg 4.4 or later.', {
    detail: lastWords
  })
}

/** The report is one object; the log may go on after it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.slice(0, text.indexOf('}') + 1))
  } catch {
    return undefined
  }
}
