/**
 * The project document, format 1: what `.foley` files hold and what the editor edits. Plain data, no sound in it.
 *
 * Times are integer counts of 48 kHz samples from the container's start. Ids are opaque and unique within a project.
 */
import { z } from 'zod'
import { SOLVERS, SYNC_MODES } from './pack'
import { MOST_PICTURE_OFFSET_SEC, ORIGINAL_MODES } from './requests'
import { SAMPLE_RATE } from './time'

export const PROJECT_FORMAT = 'foley-project'
export const PROJECT_VERSION = 1
export const MOST_TRACKS = 16
export const MOST_PICTURE_OFFSET_SAMPLES = MOST_PICTURE_OFFSET_SEC * SAMPLE_RATE

const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)
const sample = z.number().int().min(0)
const decibels = z.number().min(-60).max(24)
export const pictureOffset = z.number().int().min(-MOST_PICTURE_OFFSET_SAMPLES).max(MOST_PICTURE_OFFSET_SAMPLES)

/** What the model is asked, but for where and when; the inspector's controls. */
export const regionSettingsSchema = z.strictObject({
  guidance: z.number().min(0).max(20),
  steps: z.number().int().min(1).max(200),
  solver: z.enum(SOLVERS),
  seed: z.number().int().min(0).max(0xffff_ffff),
  /** A locked seed stays for the next take; otherwise each take draws a new one. */
  seedLocked: z.boolean(),
  /** A tag of the pack, or null: as seen. */
  material: z.string().min(1).nullable(),
  syncMode: z.enum(SYNC_MODES)
})
export type RegionSettings = z.infer<typeof regionSettingsSchema>

export const attackSchema = z.strictObject({
  sample,
  /** Peak in the 50 ms that follow, dBFS. */
  levelDb: z.number()
})

/**
 * One drawing of the model: a WAV and its latents on disk, named by `id`, that cover `fromSample <= n < toSample` of the
 * film. Never changed once made, only referenced.
 */
export const takeSchema = z.strictObject({
  id: idSchema,
  name: z.string().max(120),
  fromSample: sample,
  toSample: sample,
  settings: regionSettingsSchema,
  pack: z.strictObject({ id: z.string(), version: z.string(), hash: z.string() }),
  provider: z.string(),
  createdAt: z.iso.datetime(),
  /**
   * The takes whose sound goes on seamlessly into its first sample, and from its last: it was drawn with them as context
   * and joined to them. Null or left out where it was joined to nothing. They may be gone.
   */
  joinsBefore: idSchema.nullable().optional(),
  joinsAfter: idSchema.nullable().optional(),
  /** The document's when it was drawn; left out: 0. */
  pictureOffsetSamples: pictureOffset.optional(),
  /** By the 1 ms detector, in time order, counted from the container's start. */
  attacks: z.array(attackSchema)
})
export type Take = z.infer<typeof takeSchema>

/** A stretch of a track that plays one of its takes. Takes are locked to the film: trimming never moves a sound. */
export const regionSchema = z.strictObject({
  id: idSchema,
  fromSample: sample,
  toSample: sample,
  takeIds: z.array(idSchema).min(1),
  takeId: idSchema,
  gainDb: decibels,
  /** -1 left .. 1 right. */
  pan: z.number().min(-1).max(1),
  fadeInSamples: sample,
  fadeOutSamples: sample,
  /** Of the fades, what lies outside the region: it was cut inside of a fade, which stays where it was. */
  fadeInCutSamples: sample.default(0),
  fadeOutCutSamples: sample.default(0),
  muted: z.boolean(),
  /** Came after version 1 was first written: files without it have none. */
  solo: z.boolean().default(false),
  settings: regionSettingsSchema
})
export type Region = z.infer<typeof regionSchema>

/** Regions are in time order and do not overlap. */
export const trackSchema = z.strictObject({
  id: idSchema,
  name: z.string().min(1).max(120),
  /** Index into the palette of track colours. */
  hue: z.number().int().min(0).max(7),
  gainDb: decibels,
  muted: z.boolean(),
  solo: z.boolean(),
  regions: z.array(regionSchema)
})
export type Track = z.infer<typeof trackSchema>

export const syncMarkSchema = z.discriminatedUnion('kind', [
  /** The encoder's: hollow. */
  z.strictObject({
    kind: z.literal('suggested'),
    id: idSchema,
    sample,
    probability: z.number().min(0).max(1),
    loudnessDb: z.number().min(-60).max(0)
  }),
  /** The editor's: solid. A loudness of null leaves it to the model. */
  z.strictObject({
    kind: z.literal('pinned'),
    id: idSchema,
    sample,
    loudnessDb: z.number().min(-60).max(0).nullable()
  })
])
export type SyncMark = z.infer<typeof syncMarkSchema>

export const mediaRefSchema = z.strictObject({
  /** In a saved project relative to it, with forward slashes; otherwise absolute. */
  path: z.string().min(1),
  bytes: z.number().int().min(0),
  /** SHA-256 of the size and of the file's first, middle and last 64 KiB: finds a film that was moved. */
  partialHash: z.string().regex(/^[0-9a-f]{64}$/),
  durationSamples: z.number().int().min(1),
  rate: z.strictObject({ num: z.number().int().positive(), den: z.number().int().positive() }),
  /** As shown: after rotation and sample aspect. */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  codec: z.string(),
  /** The timecode of frame 0, in frames. */
  startFrame: z.number().int().min(0),
  dropFrame: z.boolean(),
  /** 0: the film is silent. */
  audioChannels: z.number().int().min(0)
})
export type MediaRef = z.infer<typeof mediaRefSchema>

export const LOUDNESS_TARGETS = ['off', '-14', '-16', '-23'] as const
export type LoudnessTarget = (typeof LOUDNESS_TARGETS)[number]

export const projectSchema = z.strictObject({
  format: z.literal(PROJECT_FORMAT),
  version: z.literal(PROJECT_VERSION),
  id: idSchema,
  media: mediaRefSchema,
  original: z.strictObject({ gainDb: decibels, muted: z.boolean(), solo: z.boolean() }),
  tracks: z.array(trackSchema).max(MOST_TRACKS),
  takes: z.record(idSchema, takeSchema),
  /** In time order. */
  syncMarks: z.array(syncMarkSchema),
  /**
   * What is seen counts as so much later (+) or earlier (-): recordings lay a hit's picture some ten milliseconds beside
   * its sound. Suggested points have moved by it; takes follow when they are drawn. Files without it have none.
   */
  pictureOffsetSamples: pictureOffset.default(0),
  range: z.strictObject({ inSample: sample.nullable(), outSample: sample.nullable(), loop: z.boolean() }),
  /** What new regions start from. */
  settings: regionSettingsSchema,
  exports: z.strictObject({
    original: z.enum(ORIGINAL_MODES),
    loudness: z.enum(LOUDNESS_TARGETS),
    stems: z.boolean(),
    csv: z.boolean(),
    edl: z.boolean()
  })
})
export type ProjectDocument = z.infer<typeof projectSchema>
