/**
 * Frames to features, streamed: the whole film is never in memory. Each chunk is given the encoder's receptive field on
 * both sides, and none beyond the film's ends, where the graph pads as it did in training (docs/model-pack.md, "Receptive
 * fields"), so that features depend neither on the chunks of the model nor on those of the stream.
 */
import { FoleyError } from '@shared/errors'
import type { PackManifest } from '@shared/pack'
import { suggestSync } from './suggest'
import { float32, type Feeds, type Outputs } from './tensors'
import type { EncodedFilm, EncodeOptions, RgbFrame } from './types'

/** Bounds one run's input (float32 `[T, 3, H, W]`) and with it the graph's activations. */
const RUN_MAX_BYTES = 16 * 1024 * 1024
const RUN_MAX_FRAMES = 320

export type EncoderRun = (feeds: Feeds) => Promise<Outputs>

/** Frames that are encoded at once, without their context. */
export function chunkFrames({ visual, receptiveField }: PackManifest): number {
  const frameBytes = 3 * visual.width * visual.height * Float32Array.BYTES_PER_ELEMENT
  const fitting = Math.min(RUN_MAX_FRAMES, Math.floor(RUN_MAX_BYTES / frameBytes))
  return Math.max(1, fitting - 2 * receptiveField.visualFrames)
}

/** Interleaved bytes to normalised planes `[T, 3, H, W]`: (x / 255 - mean) / std. */
export function normaliseFrames(frames: readonly RgbFrame[], visual: PackManifest['visual']): Float32Array {
  const pixels = visual.width * visual.height
  const planes = new Float32Array(frames.length * 3 * pixels)
  for (let channel = 0; channel < 3; channel += 1) {
    // A byte has 256 values: a table is exact and spares two divisions per pixel.
    const table = Float32Array.from(
      { length: 256 },
      (_, byte) => (byte / 255 - visual.mean[channel]!) / visual.std[channel]!
    )
    frames.forEach(({ rgb }, index) => {
      const plane = (index * 3 + channel) * pixels
      for (let pixel = 0; pixel < pixels; pixel += 1) planes[plane + pixel] = table[rgb[3 * pixel + channel]!]!
    })
  }
  return planes
}

/** `before` frames of context, then the `count` frames of the chunk, then more context. */
interface ContextChunk {
  readonly frames: readonly RgbFrame[]
  readonly before: number
  readonly count: number
}

async function* withTemporalContext(
  frames: AsyncIterable<RgbFrame>,
  size: number,
  context: number
): AsyncGenerator<ContextChunk> {
  let held: RgbFrame[] = []
  let before = 0
  for await (const frame of frames) {
    held.push(frame)
    if (held.length < before + size + context) continue
    yield { frames: held, before, count: size }
    held = held.slice(Math.max(0, before + size - context))
    before = Math.min(context, before + size)
  }
  if (held.length > before) yield { frames: held, before, count: held.length - before }
}

/** Grows by whole chunks and joins them once: rows of unknown number. */
class Rows {
  readonly #parts: Float32Array[] = []

  push(tensor: Float32Array, row: number, count: number, columns: number): void {
    this.#parts.push(tensor.slice(row * columns, (row + count) * columns))
  }

  join(): Float32Array {
    const joined = new Float32Array(this.#parts.reduce((length, part) => length + part.length, 0))
    let offset = 0
    for (const part of this.#parts) {
      joined.set(part, offset)
      offset += part.length
    }
    return joined
  }
}

function checked(frame: RgbFrame, { width, height }: PackManifest['visual']): RgbFrame {
  if (frame.rgb.length === 3 * width * height) return frame
  throw new FoleyError(
    'request.invalid',
    `A frame should have ${width} x ${height} pixels of 3 bytes, but has ${frame.rgb.length} bytes.`,
    "Scale the frames to the size in the pack's manifest."
  )
}

/**
 * Features `[T, D]` of a stream of frames on the pack's visual grid, and the sync points that they suggest. At least one
 * frame is needed (`input.empty`).
 */
export async function encodeFrames(
  frames: AsyncIterable<RgbFrame>,
  manifest: PackManifest,
  run: EncoderRun,
  options: EncodeOptions = {}
): Promise<EncodedFilm> {
  const { visual, receptiveField } = manifest
  const context = receptiveField.visualFrames
  const columns = { features: visual.featureChannels, impact: visual.impactBins, loudness: visual.impactBins }
  const rows = { features: new Rows(), impact: new Rows(), loudness: new Rows() }
  const take = async function* (): AsyncGenerator<RgbFrame> {
    for await (const frame of frames) {
      options.signal?.throwIfAborted()
      yield checked(frame, visual)
    }
  }
  let encoded = 0
  for await (const chunk of withTemporalContext(take(), chunkFrames(manifest), context)) {
    options.signal?.throwIfAborted()
    const planes = normaliseFrames(chunk.frames, visual)
    const outputs = await run({ frames: float32(planes, chunk.frames.length, 3, visual.height, visual.width) })
    rows.features.push(outputs.features!.data, chunk.before, chunk.count, columns.features)
    if (visual.impactBins > 0) {
      rows.impact.push(outputs.impact!.data, chunk.before, chunk.count, columns.impact)
      rows.loudness.push(outputs.loudness!.data, chunk.before, chunk.count, columns.loudness)
    }
    encoded += chunk.count
    // Only a hint of the length is known: 1 is said when it is true.
    const fraction = options.expectedFrames === undefined ? 0 : encoded / options.expectedFrames
    options.onProgress?.({ phase: 'encode', fraction: Math.min(fraction, 0.999) })
  }
  options.signal?.throwIfAborted()
  if (encoded === 0) {
    throw new FoleyError(
      'input.empty',
      'The film has no frame to look at.',
      'Give a film that is longer than one frame.'
    )
  }
  options.onProgress?.({ phase: 'encode', fraction: 1 })
  const curve = {
    impact: rows.impact.join(),
    loudness: rows.loudness.join(),
    binRateHz: visual.rateHz * visual.impactBins
  }
  return {
    features: rows.features.join(),
    suggestedSync: suggestSync(curve, manifest.defaults.suggestThreshold)
  }
}
