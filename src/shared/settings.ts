/** What the application remembers between projects. */
import { z } from 'zod'
import type { PackManifest } from './pack'
import { PROVIDERS } from './requests'

export const studioSettingsSchema = z.strictObject({
  /** Of the model pack in use; null: the default one. */
  packPath: z.string().min(1).nullable(),
  addedPacks: z.array(z.string().min(1)),
  provider: z.enum(PROVIDERS),
  /** Null: one per physical core. */
  threads: z.number().int().min(1).max(64).nullable(),
  theme: z.enum(['system', 'dark', 'light']),
  snap: z.boolean(),
  follow: z.boolean()
})
export type StudioSettings = z.infer<typeof studioSettingsSchema>

export const DEFAULT_SETTINGS: StudioSettings = {
  packPath: null,
  addedPacks: [],
  provider: 'auto',
  threads: null,
  theme: 'dark',
  snap: true,
  follow: true
}

/** The part of a manifest that a person chooses by. */
export type ListedManifest = Pick<
  PackManifest,
  'id' | 'name' | 'version' | 'licence' | 'training' | 'materials' | 'syncModes' | 'defaults' | 'window'
>
