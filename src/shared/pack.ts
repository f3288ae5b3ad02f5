/** The manifest of a model pack, format 1. The prose, axis by axis, is docs/model-pack.md. */
import { z } from 'zod'

export const PACK_FORMAT = 'foley-model-pack'
export const PACK_FORMAT_VERSION = 1

export const GRAPH_NAMES = ['visualEncoder', 'conditioner', 'velocity', 'decoder', 'audioEncoder'] as const
export type GraphName = (typeof GRAPH_NAMES)[number]

export const SYNC_MODES = ['off', 'hints', 'only'] as const
export type SyncMode = (typeof SYNC_MODES)[number]

export const SOLVERS = ['euler', 'midpoint', 'heun'] as const
export type Solver = (typeof SOLVERS)[number]

const positive = z.number().positive()
const count = z.number().int().nonnegative()

const tensorSchema = z.strictObject({
  name: z.string().min(1),
  type: z.enum(['float32', 'int64']),
  /** A number is a fixed extent, a string names a free one. */
  axes: z.array(z.union([z.number().int().positive(), z.string().min(1)]))
})

const graphSchema = z.strictObject({
  /** A bare name inside the pack's folder: no separators, no parent. */
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.onnx$/, 'must be a bare *.onnx name inside the pack'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().positive(),
  inputs: z.array(tensorSchema).min(1),
  outputs: z.array(tensorSchema).min(1)
})

export const manifestSchema = z.strictObject({
  format: z.literal(PACK_FORMAT),
  formatVersion: z.literal(PACK_FORMAT_VERSION),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  name: z.string().min(1),
  version: z.string().min(1),
  licence: z.strictObject({
    weights: z.string().min(1),
    /** Names to credit, one line each (CC-BY recordings that the weights learned from). */
    credits: z.array(z.string())
  }),
  training: z.strictObject({
    data: z.array(z.string()).min(1),
    recipe: z.string(),
    date: z.string(),
    machine: z.string(),
    notes: z.string()
  }),
  audio: z.strictObject({ sampleRate: z.literal(48_000) }),
  latent: z.strictObject({
    rateHz: positive,
    channels: z.number().int().positive(),
    /** Statistics of the codec's own latents; the graphs already work on normalised ones. */
    mean: z.array(z.number()),
    std: z.array(z.number()),
    /** What normalised latents lie between, by channel; see docs/model-pack.md, "Guidance". */
    bounds: z.strictObject({ low: z.array(z.number()), high: z.array(z.number()) }).optional(),
    /** Time of token 0's centre of action against the window's start. */
    tokenOffsetSec: z.number()
  }),
  visual: z.strictObject({
    rateHz: positive,
    width: z.number().int().positive(),
    height: z.number().int().positive(),
    fit: z.enum(['stretch', 'cover', 'contain']),
    mean: z.tuple([z.number(), z.number(), z.number()]),
    std: z.tuple([positive, positive, positive]),
    featureChannels: z.number().int().positive(),
    /** Sub-frame bins of the impact head; 0 = the encoder has none. */
    impactBins: count
  }),
  positions: z.strictObject({
    audio: z.enum(['sin', 'rope']),
    visualSin: z.enum(['none', 'index', 'scaled']),
    visualRope: z.enum(['none', 'index', 'scaled'])
  }),
  receptiveField: z.strictObject({ visualFrames: count, decoderLatents: count, encoderSamples: count }),
  guidance: z.enum(['cfg', 'embedded', 'none']),
  syncModes: z.array(z.enum(SYNC_MODES)).min(1),
  /** Vocabulary of the material condition; index 0 of the graph's input is "as seen", tag k is index k + 1. */
  materials: z.array(z.string().min(1)),
  defaults: z.strictObject({
    guidance: z.number().min(0),
    /** Share of the guided estimate's overshoot that is taken back; see docs/model-pack.md, "Guidance". */
    guidanceRescale: z.number().min(0).max(1).default(0),
    steps: z.number().int().positive(),
    /** Above 1, steps are shorter near the noise; see docs/model-pack.md, "Steps". */
    timeShift: positive.default(1),
    solver: z.enum(SOLVERS),
    syncMode: z.enum(SYNC_MODES),
    /** Suggestions below this probability are not offered as sync points. */
    suggestThreshold: z.number().min(0).max(1)
  }),
  window: z.strictObject({ maxSec: positive, overlapSec: z.number().nonnegative() }),
  graphs: z.strictObject({
    visualEncoder: graphSchema,
    conditioner: graphSchema,
    velocity: graphSchema,
    decoder: graphSchema,
    audioEncoder: graphSchema.optional()
  })
})

export type PackManifest = z.infer<typeof manifestSchema>
export type TensorSpec = z.infer<typeof tensorSchema>
export type GraphSpec = z.infer<typeof graphSchema>
