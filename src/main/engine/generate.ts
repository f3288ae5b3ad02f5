/**
 * One generation: windows of latents are drawn one after the other, and the waveform is decoded behind them, chunk by
 * chunk, as soon as the decoder's receptive field is there. Memory grows with the film only by its features and latents
 * (40 kB a second), never by its sound.
 */
import { setImmediate } from 'node:timers/promises'
import { FoleyError } from '@shared/errors'
import type { GraphName, PackManifest } from '@shared/pack'
import { SAMPLE_RATE } from '@shared/time'
import { checkExtents, LatentCanvas } from './canvas'
import { conditionerFeeds, resolveSettings, TYPICAL_LOUDNESS_DB, type Settings } from './conditions'
import { DecayGate } from './decay-gate'
import { guide } from './guidance'
import { gaussianNoise } from './noise'
import { PointLevels } from './point-levels'
import { audioPositions } from './positions'
import { EVALUATIONS_PER_STEP, sampleFlow, type KnownLatents, type VelocityFunction } from './sampler'
import type { Sound } from './sound'
import { allFinite, float32, repeated, type Feeds, type Outputs } from './tensors'
import type { GeneratedPart, GenerationRequest, JobOptions } from './types'
import { decodePlan, frameAlignment, planWindows, withContext, type DecodeChunk, type LatentRange } from './windows'

/** Seconds of sound decoded at once. */
const DECODE_CHUNK_SEC = 5
/** Cost of decoding a latent, in velocity evaluations of one: only for progress. */
const DECODE_WEIGHT = 1

export interface Model {
  readonly manifest: PackManifest
  readonly run: (graph: GraphName, feeds: Feeds) => Promise<Outputs>
}

/** Draws and decodes `request`'s range. Errors: those of {@link resolveSettings} and {@link checkExtents}. */
export async function* generate(
  model: Model,
  request: GenerationRequest,
  options: JobOptions = {}
): AsyncGenerator<GeneratedPart, void, undefined> {
  const settings = resolveSettings(request, model.manifest)
  checkExtents(request, model.manifest)
  yield* new Generation(model, request, settings, options).run()
}

class Generation {
  readonly #model: Model
  readonly #request: GenerationRequest
  readonly #settings: Settings
  readonly #options: JobOptions
  readonly #canvas: LatentCanvas
  readonly #windows: readonly LatentRange[]
  readonly #chunks: readonly DecodeChunk[]
  readonly #totalWork: number
  #work = 0
  #sampleMs = 0
  #decodeMs = 0

  constructor(model: Model, request: GenerationRequest, settings: Settings, options: JobOptions) {
    this.#model = model
    this.#request = request
    this.#settings = settings
    this.#options = options
    const { latent, window, visual, receptiveField } = model.manifest
    this.#canvas = new LatentCanvas(request, latent.channels)
    const { available } = this.#canvas
    const overlapLatents = Math.round(window.overlapSec * latent.rateHz)
    const limits = {
      maxLatents: Math.floor(window.maxSec * latent.rateHz),
      overlapLatents,
      alignLatents: frameAlignment(latent.rateHz, visual.rateHz)
    }
    this.#windows = planWindows(withContext(request, overlapLatents, available), limits)
    const decoded = withContext(request, request.decodeMarginLatents ?? 0, available)
    const chunkLatents = Math.round(DECODE_CHUNK_SEC * latent.rateHz)
    this.#chunks = decodePlan(decoded, available, chunkLatents, receptiveField.decoderLatents)
    const perLatent = settings.steps * EVALUATIONS_PER_STEP[settings.solver]
    this.#totalWork =
      this.#windows.reduce((work, range) => work + length(range) * perLatent, 0) + length(decoded) * DECODE_WEIGHT
  }

  async *run(): AsyncGenerator<GeneratedPart, void, undefined> {
    const only =
      this.#settings.syncMode === 'only' ? { levels: this.#pointLevels(), gate: this.#decayGate() } : undefined
    let decoded = 0
    for (const window of this.#windows) {
      if (this.#canvas.has(window)) continue
      const drawn = this.#canvas.write(window, await this.#sample(window))
      yield { kind: 'latents', fromLatent: drawn.fromLatent, latents: this.#canvas.read(drawn) }
      for (; decoded < this.#chunks.length && this.#canvas.has(this.#chunks[decoded]!.input); decoded += 1) {
        const sound = await this.#decode(this.#chunks[decoded]!)
        yield { kind: 'waveform', ...(only ? only.gate.push(only.levels.push(sound)) : sound) }
      }
    }
    if (only) {
      yield { kind: 'waveform', ...only.gate.push(only.levels.finish()) }
      yield { kind: 'waveform', ...only.gate.finish() }
    }
    const { guidance, steps, solver, syncMode } = this.#settings
    const windows = this.#windows.length
    const spent = { sampleSec: this.#sampleMs / 1000, decodeSec: this.#decodeMs / 1000 }
    this.#options.onProgress?.({ phase: 'decode', fraction: 1 })
    yield { kind: 'summary', summary: { guidance, steps, solver, syncMode, windows, ...spent } }
  }

  /** Latents `[N, C]` of one window; what the canvas has of it already is known and comes back unchanged. */
  async #sample(window: LatentRange): Promise<Float32Array> {
    const started = performance.now()
    const { latent, id, defaults } = this.#model.manifest
    const { seed } = this.#request
    const count = length(window)
    const known = this.#canvas.known(window)
    // The conditioner blocks too; the velocity's evaluations check by themselves.
    await this.#breathe()
    const latents = await sampleFlow({
      channels: latent.channels,
      steps: this.#settings.steps,
      solver: this.#settings.solver,
      shift: defaults.timeShift,
      known,
      noise: gaussianNoise(seed, window.fromLatent, count, latent.channels),
      velocity: await this.#prepareVelocity(window, known),
      ...(this.#options.signal ? { signal: this.#options.signal } : {}),
      onStep: () => this.#advance('sample', count * EVALUATIONS_PER_STEP[this.#settings.solver])
    })
    if (!allFinite(latents)) {
      throw new FoleyError(
        'engine.failed',
        `The velocity of the model pack ${id} gave values that are not numbers between latents ${window.fromLatent} and ${window.toLatent}.`,
        'Try the CPU (in the settings, or with --provider cpu), a lower guidance, or another pack.'
      )
    }
    this.#sampleMs += performance.now() - started
    return latents
  }

  /** Runs the conditioner once and binds all that does not change from step to step. */
  async #prepareVelocity(window: LatentRange, known: KnownLatents): Promise<VelocityFunction> {
    const { manifest, run } = this.#model
    const { channels, bounds } = manifest.latent
    const { guidance } = this.#settings
    const count = length(window)
    // [Note: both branches in one batch] present 1, then 0; at a scale of 1 the unconditional branch cancels out.
    const guided = manifest.guidance === 'cfg' && guidance !== 1
    const present = guided ? [1, 0] : [1]
    const batch = present.length
    const context = await run('conditioner', conditionerFeeds(this.#request, this.#settings, window, manifest, present))
    const fixed: Feeds = {
      ...context,
      known: float32(repeated(known.latents, batch), batch, count, channels),
      known_mask: float32(repeated(Float32Array.from(known.mask), batch), batch, count),
      audio_positions: float32(repeated(audioPositions(count), batch), batch, count),
      guidance: float32(new Float32Array(batch).fill(guidance), batch)
    }
    const { guidanceRescale } = manifest.defaults
    const options = { channels, scale: guidance, rescale: guidanceRescale, bounds, known: known.mask }
    const velocity = new Float32Array(count * channels)
    return async (latents, time, until) => {
      const outputs = await run('velocity', {
        ...fixed,
        latents: float32(repeated(latents, batch), batch, count, channels),
        time: float32(new Float32Array(batch).fill(time), batch),
        until: float32(new Float32Array(batch).fill(until), batch)
      })
      const both = outputs.velocity!.data
      return guided ? guide(both, latents, time, options, velocity) : both
    }
  }

  /** See [Note: the gain changes under the attack]. */
  #pointLevels(): PointLevels {
    return new PointLevels({
      points: this.#settings.syncPoints.map(({ timeSec, loudnessDb }) => ({
        atSample: timeSec * SAMPLE_RATE,
        levelDb: loudnessDb ?? TYPICAL_LOUDNESS_DB
      })),
      ...this.#heldRange()
    })
  }

  /** See [Note: sound may only decay]. */
  #decayGate(): DecayGate {
    return new DecayGate({
      points: this.#settings.syncPoints.map(({ timeSec }) => timeSec * SAMPLE_RATE),
      before: this.#request.before ?? new Float32Array(0),
      ...this.#heldRange()
    })
  }

  /** What was asked for, in samples, and whether a known take goes on behind it. */
  #heldRange(): { readonly fromSample: number; readonly toSample: number; readonly goesOn: boolean } {
    const { fromLatent, toLatent } = this.#request
    const samplesPerLatent = SAMPLE_RATE / this.#model.manifest.latent.rateHz
    return {
      fromSample: fromLatent * samplesPerLatent,
      toSample: toLatent * samplesPerLatent,
      goesOn: this.#canvas.available.toLatent > toLatent
    }
  }

  async #decode(chunk: DecodeChunk): Promise<Sound> {
    await this.#breathe()
    const started = performance.now()
    const { manifest, run } = this.#model
    const samplesPerLatent = SAMPLE_RATE / manifest.latent.rateHz
    const count = length(chunk.input)
    const latents = float32(this.#canvas.read(chunk.input), 1, count, manifest.latent.channels)
    const { waveform } = await run('decoder', { latents })
    const expected = count * samplesPerLatent
    if (waveform!.data.length !== expected) {
      throw new FoleyError(
        'pack.invalid',
        `The decoder of ${manifest.id} should give ${expected} samples for ${count} latents, but gave ${waveform!.data.length}.`,
        'Export the pack again with this version of the training package.'
      )
    }
    const skipped = (chunk.fromLatent - chunk.input.fromLatent) * samplesPerLatent
    const samples = waveform!.data.slice(skipped, skipped + length(chunk) * samplesPerLatent)
    this.#decodeMs += performance.now() - started
    this.#advance('decode', length(chunk) * DECODE_WEIGHT)
    return { fromSample: chunk.fromLatent * samplesPerLatent, samples }
  }

  /** Lets messages in (a cancel is one) before the thread is blocked again. */
  async #breathe(): Promise<void> {
    await setImmediate()
    this.#options.signal?.throwIfAborted()
  }

  #advance(phase: 'sample' | 'decode', work: number): void {
    this.#work += work
    this.#options.onProgress?.({ phase, fraction: Math.min(this.#work / this.#totalWork, 0.999) })
  }
}

function length(range: LatentRange): number {
  return range.toLatent - range.fromLatent
}
