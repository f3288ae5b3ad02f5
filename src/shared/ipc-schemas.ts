/** The border of the main process: every payload of the window is parsed with these. Kept out of the preload script. */
import { z } from 'zod'
import type { RequestName, RequestOf } from './ipc'
import { pictureOffset, projectSchema, regionSettingsSchema } from './project'
import { syncPointSchema } from './requests'
import { studioSettingsSchema } from './settings'

const none = z.undefined()
const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)
const path = z.string().min(1).max(4096)
const sample = z.number().int().min(0)
const soundPlace = z.strictObject({ document: projectSchema, trackId: id, regionId: id.nullable() })

/** `exactOptionalPropertyTypes`: an absent key, not one that holds undefined. */
type Schemas = { [Name in RequestName]: z.ZodType<RequestOf<Name>> }

export const REQUEST_SCHEMAS: Schemas = {
  'app:info': none,
  'app:open-path': none,
  'project:open': z.strictObject({ path: path.exactOptional() }),
  'project:relink': z.strictObject({ projectPath: path, mediaPath: path.exactOptional() }),
  'project:recover': z.strictObject({ id, restore: z.boolean() }),
  'project:save': z.strictObject({ document: projectSchema, as: z.boolean() }),
  'project:autosave': z.strictObject({ document: projectSchema }),
  'project:close': none,
  'project:clean-up': z.strictObject({ document: projectSchema }),
  'project:confirm-close': z.strictObject({ name: z.string().max(400) }),
  'project:confirm-stop': z.strictObject({ work: z.enum(['generate', 'export']) }),
  'film:analyse': z.strictObject({ jobId: id, threshold: z.number().min(0).max(1).exactOptional() }),
  'proxy:retry': none,
  'sound:peaks': z.strictObject({
    source: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('original') }),
      z.strictObject({ kind: z.literal('take'), takeId: id })
    ])
  }),
  'sound:attacks': none,
  'sound:save': soundPlace,
  'job:generate': z.strictObject({
    jobId: id,
    fromSample: sample,
    toSample: sample,
    seeds: z.array(z.number().int().min(0).max(0xffff_ffff)).min(1).max(9),
    settings: regionSettingsSchema,
    syncPoints: z.array(syncPointSchema).max(100_000),
    pictureOffsetSamples: pictureOffset,
    context: z
      .array(z.strictObject({ takeId: id, takeFromSample: sample, fromSample: sample, toSample: sample }))
      .max(1000),
    firstNumber: z.number().int().min(1)
  }),
  'job:export': z.strictObject({ jobId: id, document: projectSchema, path: path.exactOptional() }),
  'job:cancel': z.strictObject({ jobId: id }),
  'shell:show': z.strictObject({ path }),
  'shell:drag': soundPlace,
  'settings:set': z.strictObject({ settings: studioSettingsSchema }),
  'packs:list': none,
  'packs:add': z.strictObject({ path: path.exactOptional() }),
  'cache:info': none,
  'cache:clear': none
}
