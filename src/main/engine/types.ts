/** What the engine takes and gives, in the same process or across its border. Everything is plain data. */
import type { PackManifest, Solver, SyncMode } from '@shared/pack'
import type { OnProgress } from '@shared/progress'
import type { Provider, SuggestedSync, SyncPoint } from '@shared/requests'
import type { RunningProvider } from './providers'

export interface LoadRequest {
  readonly packPath: string
  readonly provider: Provider
  /** Threads within one operator; left out, one per physical core. */
  readonly threads?: number
}

export interface EngineInfo {
  readonly manifest: PackManifest
  /** SHA-256 of the manifest, which covers the graphs. */
  readonly packHash: string
  readonly provider: RunningProvider
  /** Why it is not a faster provider; to be shown. */
  readonly providerReason?: string
  /** What the faster ones said themselves: for the log, not for a person. */
  readonly providerDetail?: string
}

/** One frame of the visual grid, at the pack's size: row by row, interleaved RGB, 3 x width x height bytes. */
export interface RgbFrame {
  readonly rgb: Uint8Array
}

export interface EncodedFilm {
  /** `[T, D]`, frame i of the grid in row i. */
  readonly features: Float32Array
  /** Moments that the encoder takes for impacts, in time order; empty for an encoder without an impact head. */
  readonly suggestedSync: readonly SuggestedSync[]
}

/** Latents of an existing take, `[n, C]` from `fromLatent` on. */
export interface TakeLatents {
  readonly fromLatent: number
  readonly latents: Float32Array
}

export interface GenerationRequest {
  /** As {@link EncodedFilm} gives them. */
  readonly features: Float32Array
  /** Index on the visual grid of the features' first row; 0 when the film was encoded from its start. */
  readonly firstFrame?: number
  /** What is seen counts as so much later (+) or earlier (-) than its time, seconds; left out, as it is. */
  readonly pictureOffsetSec?: number
  /** uint32. The same seed draws the same noise at the same place of the film. */
  readonly seed: number
  readonly guidance?: number
  readonly steps?: number
  readonly solver?: Solver
  readonly material?: string
  readonly syncMode?: SyncMode
  /** Seconds from the container's start. Needed in the modes `hints` and `only`, not looked at in `off`. */
  readonly syncPoints?: readonly SyncPoint[]
  /** What is drawn: latents `fromLatent <= n < toLatent`, counted from the container's start. */
  readonly fromLatent: number
  readonly toLatent: number
  /** The take that is regenerated: its latents around the drawn range are known context, and joined to the new ones. */
  readonly known?: TakeLatents
  /** Latents of the known take on both sides that are decoded again, for the join. */
  readonly decodeMarginLatents?: number
  /** The last 10 ms of what plays before the range; left out, silence. Mode `only` lets that ring on, no more. */
  readonly before?: Float32Array
}

/** What {@link InferenceEngine.generate} hands out, in order of time within each kind. The summary comes last. */
export type GeneratedPart =
  | { readonly kind: 'latents'; readonly fromLatent: number; readonly latents: Float32Array }
  /** Mono, 48 kHz; `fromSample` counts from the container's start. */
  | { readonly kind: 'waveform'; readonly fromSample: number; readonly samples: Float32Array }
  | { readonly kind: 'summary'; readonly summary: GenerationSummary }

/** The settings that were in force, after the pack's defaults, and where the time went. */
export interface GenerationSummary {
  readonly guidance: number
  readonly steps: number
  readonly solver: Solver
  readonly syncMode: SyncMode
  readonly windows: number
  readonly sampleSec: number
  readonly decodeSec: number
}

export interface JobOptions {
  readonly signal?: AbortSignal
  /** `fraction` is of this call: monotonic, and 1 when it is done. */
  readonly onProgress?: OnProgress
}

export interface EncodeOptions extends JobOptions {
  /** Length of the stream, for progress only. */
  readonly expectedFrames?: number
}

/** What {@link Engine} does in its own process and {@link EngineHost} does through another one. */
export interface InferenceEngine {
  encode(frames: AsyncIterable<RgbFrame>, options?: EncodeOptions): Promise<EncodedFilm>
  generate(request: GenerationRequest, options?: JobOptions): AsyncGenerator<GeneratedPart, void, undefined>
  dispose(): Promise<void>
}

/** An engine with its pack loaded. */
export interface ReadyEngine {
  readonly engine: InferenceEngine
  readonly info: EngineInfo
}
