/**
 * The row *trigger*: no model of sound at all. A recorded single sound, another for each clip and draw, is played wherever
 * the picture suggests an impact, as loud as it suggests. What it scores, the eye alone is worth; what generated sound
 * scores beyond it, the transformer has added.
 */
import { z } from 'zod'
import { FoleyError } from '@shared/errors'
import { drawShots, type OneShotBank, playHits } from './oracle'
import type { Random } from './random'
import type { ClipEvents, ClipTruth } from './score'

/** One row: the suggestions for each file, by its stem; seconds from the file's start, peaks in dBFS. */
const triggerSetSchema = z.object({
  name: z.string().min(1),
  files: z.record(z.string(), z.array(z.object({ timeSec: z.number(), loudnessDb: z.number() })))
})

export type TriggerSet = z.infer<typeof triggerSetSchema>

/** `json`: the parsed content of `path`. @throws FoleyError `request.invalid` with the place that is wrong */
export function parseTriggers(json: unknown, path: string): readonly TriggerSet[] {
  const parsed = z.array(triggerSetSchema).safeParse(json)
  if (parsed.success) return parsed.data
  throw new FoleyError(
    'request.invalid',
    `Triggers are a list of {name, files: {stem: [{timeSec, loudnessDb}]}}; ${path} holds something else.`,
    'Let bench/quality.mjs write the file, or write it in that shape.',
    { detail: z.prettifyError(parsed.error) }
  )
}

/** One element for each draw. A file without suggestions is silent. */
export function drawTrigger(truth: ClipTruth, set: TriggerSet, bank: OneShotBank, random: Random): ClipEvents[] {
  const hits = (set.files[truth.name] ?? [])
    .map(({ timeSec, loudnessDb }) => ({ timeSec: timeSec - truth.startSec, gain: 10 ** (loudnessDb / 20) }))
    .filter(({ timeSec }) => timeSec >= 0 && timeSec < truth.lengthSec)
  return drawShots(bank, random, (shot) => playHits(hits, truth.lengthSec, shot))
}
