/** The conditioner's inputs for one window: picture, sync points and material, at their positions. */
import { FoleyError } from '@shared/errors'
import { SYNC_MODES, type PackManifest, type Solver, type SyncMode } from '@shared/pack'
import { MOST_PICTURE_OFFSET_SEC, type SyncPoint } from '@shared/requests'
import { scaledPositions, visualPositions } from './positions'
import { float32, int64, repeated, type Feeds } from './tensors'
import type { GenerationRequest } from './types'
import type { LatentRange } from './windows'

/** Peak level of a point that says none: the middle of the training sounds (`TYPICAL_LOUDNESS_DB` in training). */
export const TYPICAL_LOUDNESS_DB = -12

/** A request with the pack's defaults filled in, checked. */
export interface Settings {
  readonly guidance: number
  readonly steps: number
  readonly solver: Solver
  readonly syncMode: SyncMode
  /** In force: none in the mode `off`. */
  readonly syncPoints: readonly SyncPoint[]
  /** The graph's index: 0 = as seen, k + 1 = tag k. */
  readonly material: number
  readonly pictureOffsetSec: number
}

function inRange(name: string, value: number, low: number, high: number, integer = false): number {
  if (value >= low && value <= high && (!integer || Number.isInteger(value))) return value
  throw new FoleyError(
    'request.range',
    `${name} should be ${integer ? 'a whole number' : 'a number'} from ${low} to ${high}, but is ${value}.`,
    `Give a ${name} in that range.`
  )
}

function materialIndex(tag: string | undefined, manifest: PackManifest): number {
  if (tag === undefined) return 0
  const index = manifest.materials.indexOf(tag)
  if (index >= 0) return index + 1
  if (manifest.materials.length === 0) {
    throw new FoleyError(
      'pack.no-material',
      `The model pack ${manifest.id} does not take a material, but ${tag} was asked for.`,
      'Leave the material out: the picture decides.'
    )
  }
  throw new FoleyError(
    'pack.no-material',
    `The model pack ${manifest.id} has no material ${tag}; it knows ${manifest.materials.join(', ')}.`,
    'Choose one of these, or leave the material out: then the picture decides.'
  )
}

function checkedSyncMode(request: RequestedSettings, manifest: PackManifest): SyncMode {
  const mode = request.syncMode ?? manifest.defaults.syncMode
  if (!manifest.syncModes.includes(mode)) {
    throw new FoleyError(
      'pack.no-sync',
      `The model pack ${manifest.id} has no sync mode ${mode}; it has ${manifest.syncModes.join(', ')}.`,
      'Choose one of these modes, or a pack that takes sync points.'
    )
  }
  if (mode !== 'off' && request.syncPoints === undefined) {
    throw new FoleyError(
      'request.invalid',
      `The sync mode ${mode} needs sync points, but none were given.`,
      'Give them, or use those that the encoder suggests.'
    )
  }
  return mode
}

/** What of a request can be refused before anything of the film is known. */
export type RequestedSettings = Pick<
  GenerationRequest,
  'seed' | 'guidance' | 'steps' | 'solver' | 'material' | 'syncMode' | 'syncPoints' | 'pictureOffsetSec'
>

/** Settings in force. Errors: `request.range`, `request.invalid`, `pack.no-sync`, `pack.no-material`. */
export function resolveSettings(request: RequestedSettings, manifest: PackManifest): Settings {
  const { defaults } = manifest
  inRange('seed', request.seed, 0, 0xffff_ffff, true)
  const syncMode = checkedSyncMode(request, manifest)
  const syncPoints = syncMode === 'off' ? [] : (request.syncPoints ?? [])
  for (const { timeSec, loudnessDb } of syncPoints) {
    inRange('time of a sync point', timeSec, 0, Number.MAX_SAFE_INTEGER)
    if (loudnessDb !== undefined) inRange('loudness of a sync point', loudnessDb, -60, 0)
  }
  return {
    // A pack without guidance has one branch, which is what a scale of 1 means.
    guidance: manifest.guidance === 'none' ? 1 : inRange('guidance', request.guidance ?? defaults.guidance, 0, 20),
    steps: inRange('steps', request.steps ?? defaults.steps, 1, 200, true),
    solver: request.solver ?? defaults.solver,
    syncMode,
    syncPoints,
    material: materialIndex(request.material, manifest),
    pictureOffsetSec: inRange(
      'picture offset',
      request.pictureOffsetSec ?? 0,
      -MOST_PICTURE_OFFSET_SEC,
      MOST_PICTURE_OFFSET_SEC
    )
  }
}

/**
 * Frames `from <= i < to` of the grid that begin within a window, where they count as `offsetSec` later: the rule of
 * training (`cut_window`). The grid goes on on both sides of the film, where there are none.
 */
export function framesOfWindow(
  window: LatentRange,
  manifest: PackManifest,
  offsetSec = 0
): readonly [firstFrame: number, endFrame: number] {
  const { visual, latent } = manifest
  const firstAt = (latentIndex: number): number =>
    1 + Math.floor((latentIndex / latent.rateHz - offsetSec) * visual.rateHz - 1e-6)
  return [firstAt(window.fromLatent), firstAt(window.toLatent)]
}

/**
 * Feeds of the conditioner for `window`, one row per value of `present` (1 = conditional branch, 0 = unconditional).
 * Frames that the film does not have, one at its end or as many as an offset takes away at either, are left out.
 */
export function conditionerFeeds(
  request: GenerationRequest,
  settings: Settings,
  window: LatentRange,
  manifest: PackManifest,
  present: readonly number[]
): Feeds {
  const { latent, visual, positions } = manifest
  const batch = present.length
  const first = request.firstFrame ?? 0
  const { pictureOffsetSec: offsetSec } = settings
  const [firstFrame, endFrame] = framesOfWindow(window, manifest, offsetSec)
  // A window shorter than a frame may hold none that begins in it: then the one on screen serves.
  const rows = request.features.length / visual.featureChannels
  const onScreen = Math.min(Math.max(0, firstFrame - first - 1), rows - 1)
  const began = Math.max(0, firstFrame - first)
  const end = Math.min(endFrame - first, rows)
  const from = end > began ? began : onScreen
  const to = Math.max(from + 1, end)
  const seenAt = Float64Array.from({ length: to - from }, (_, row) => (first + from + row) / visual.rateHz + offsetSec)
  const features = request.features.subarray(from * visual.featureChannels, to * visual.featureChannels)
  const place = (scheme: typeof positions.visualSin): Float32Array =>
    visualPositions(scheme, seenAt, latent.rateHz, window.fromLatent, Math.max(0, first + from - firstFrame))
  const points = settings.syncPoints.filter(({ timeSec }) => {
    const at = timeSec * latent.rateHz
    return at >= window.fromLatent && at < window.toLatent
  })
  // The graph wants at least one point; a padded one has mask 0.
  const count = Math.max(1, points.length)
  const column = (data: Float32Array): Float32Array => {
    const padded = new Float32Array(count)
    padded.set(data)
    return repeated(padded, batch)
  }
  const times = points.map(({ timeSec }) => timeSec)
  const loudness = points.map(({ loudnessDb }) => loudnessDb ?? TYPICAL_LOUDNESS_DB)
  const each = (value: number): number[] => present.map(() => value)
  return {
    features: float32(repeated(features, batch), batch, seenAt.length, visual.featureChannels),
    sin_positions: float32(repeated(place(positions.visualSin), batch), batch, seenAt.length),
    rope_positions: float32(repeated(place(positions.visualRope), batch), batch, seenAt.length),
    sync_positions: float32(column(scaledPositions(times, latent.rateHz, window.fromLatent)), batch, count),
    sync_loudness: float32(column(Float32Array.from(loudness)), batch, count),
    sync_mask: float32(column(new Float32Array(points.length).fill(1)), batch, count),
    sync_mode: int64(each(SYNC_MODES.indexOf(settings.syncMode)), batch),
    material: int64(each(settings.material), batch),
    present: float32(Float32Array.from(present), batch)
  }
}
