/** What can be asked of the pipeline, and what it answers. The same shapes serve the window and the command line. */
import { z } from 'zod'
import { SOLVERS, SYNC_MODES } from './pack'

export const PROVIDERS = ['auto', 'cpu', 'cuda', 'dml', 'coreml'] as const
export type Provider = (typeof PROVIDERS)[number]

export const ORIGINAL_MODES = ['replace', 'mix', 'duck', 'second-track'] as const
export type OriginalMode = (typeof ORIGINAL_MODES)[number]

export const syncPointSchema = z.strictObject({
  timeSec: z.number().min(0),
  /** Peak level of the sound that is wanted there; left out, the model decides by a typical level. */
  loudnessDb: z.number().min(-60).max(0).optional()
})
export type SyncPoint = z.infer<typeof syncPointSchema>

/** Half a second: where picture and sound are further apart, the film itself wants mending. */
export const MOST_PICTURE_OFFSET_SEC = 0.5

export const generateSettingsSchema = z.strictObject({
  guidance: z.number().min(0).max(20).optional(),
  steps: z.number().int().min(1).max(200).optional(),
  solver: z.enum(SOLVERS).optional(),
  seed: z.number().int().min(0).max(0xffff_ffff),
  /** A tag of the pack's vocabulary; left out, the picture decides. */
  material: z.string().min(1).optional(),
  syncMode: z.enum(SYNC_MODES).optional(),
  /** Left out with a mode other than `off`: the encoder's own suggestions are used. */
  syncPoints: z.array(syncPointSchema).optional(),
  /**
   * What is seen counts as so much later (+) or earlier (-); given sync points stay where they are. `sound`: as the film's
   * own sound tells. Left out: as a converted film needs.
   */
  pictureOffsetSec: z
    .union([z.number().min(-MOST_PICTURE_OFFSET_SEC).max(MOST_PICTURE_OFFSET_SEC), z.literal('sound')])
    .optional()
})
export type GenerateSettings = z.infer<typeof generateSettingsSchema>

const pathEnding = (pattern: RegExp, expected: string): z.ZodString => z.string().regex(pattern, expected)

export const generateRequestSchema = z.strictObject({
  videoPath: z.string().min(1),
  outputPath: z.string().min(1),
  packPath: z.string().min(1),
  provider: z.enum(PROVIDERS),
  settings: generateSettingsSchema,
  takes: z.number().int().min(1).max(16),
  /** Outside this range the generated track is silent. Seconds from the container's start. */
  fromSec: z.number().min(0).optional(),
  toSec: z.number().positive().optional(),
  original: z.enum(ORIGINAL_MODES),
  gainDb: z.number().min(-60).max(24),
  stemPath: pathEnding(/\.wav$/i, 'should end in .wav').optional(),
  onsetsPath: pathEnding(/\.(csv|json)$/i, 'should end in .csv or .json').optional()
})
export type GenerateRequest = z.infer<typeof generateRequestSchema>

/** A visual moment that the encoder takes for an impact. */
export interface SuggestedSync {
  readonly timeSec: number
  readonly probability: number
  /** Peak level that the picture suggests. */
  readonly loudnessDb: number
}

export interface Onset {
  readonly timeSec: number
  readonly confidence: number
}

export const TIMED = ['load', 'probe', 'frames', 'encode', 'sample', 'decode', 'mix', 'mux', 'total'] as const

export interface TakeResult {
  readonly output: string
  readonly stem?: string
  readonly seed: number
  readonly onsets: readonly Onset[]
}

export interface GenerateResult extends TakeResult {
  readonly durationSec: number
  readonly sampleRate: number
  readonly guidance: number
  readonly steps: number
  readonly solver: string
  readonly syncMode: string
  /** The suggestions and onsets have it already. */
  readonly pictureOffsetSec: number
  readonly pack: string
  readonly provider: string
  readonly suggestedSync: readonly SuggestedSync[]
  /** All takes, the first included. */
  readonly takes: readonly TakeResult[]
  readonly warnings: readonly string[]
  readonly timingsSec: Readonly<Record<(typeof TIMED)[number], number>>
}
