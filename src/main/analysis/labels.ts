/** Human labels of when something is hit: the shape of Greatest Hits' `clips.json`, loosely read. */
import { z } from 'zod'
import { FoleyError } from '@shared/errors'

/** A hit is a time in seconds, alone or followed by anything (material, action). */
const hitSchema = z.union([z.number(), z.tuple([z.number()], z.unknown())])

const clipSchema = z.object({
  file: z.string().min(1),
  hits: z.array(hitSchema),
  /** Seconds; beyond it nothing was labelled. */
  annotated_until: z.number().positive().optional()
})

const labelsSchema = z.union([z.array(clipSchema), clipSchema.transform((clip) => [clip])])

export interface Labels {
  readonly timesSec: readonly number[]
  readonly untilSec: number
}

/** `a/b/clip.mp4` -> `clip`. */
export function stemOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(0, dot) : name
}

/** Labels by the stem of `file`. `json`: the parsed content of `path`; throws `request.invalid` with the place that is wrong. */
export function parseLabels(json: unknown, path: string): ReadonlyMap<string, Labels> {
  const parsed = labelsSchema.safeParse(json)
  if (!parsed.success) {
    throw new FoleyError(
      'request.invalid',
      `Labels are a list of {file, hits: [[seconds, ...], ...], annotated_until}; ${path} holds something else.`,
      'Pass a file in the shape of clips.json to --labels.',
      { detail: z.prettifyError(parsed.error) }
    )
  }
  return new Map(
    parsed.data.map(({ file, hits, annotated_until: untilSec }) => [
      stemOf(file),
      {
        timesSec: hits.map((hit) => (typeof hit === 'number' ? hit : hit[0])),
        untilSec: untilSec ?? Infinity
      }
    ])
  )
}

/** The labels inside one clip, from the clip's start; undefined where the clip lies beyond the labelled part. */
export function labelsWithin(labels: Labels, startSec: number, lengthSec: number): Labels | undefined {
  const untilSec = Math.min(lengthSec, labels.untilSec - startSec)
  if (untilSec <= 0) return undefined
  return {
    timesSec: labels.timesSec.map((time) => time - startSec).filter((time) => time >= 0 && time < untilSec),
    untilSec
  }
}
