/** One seed's sound into a WAV: engine -> its place on the timeline -> file, listened to on the way. */
import { SAMPLE_RATE } from '@shared/time'
import type { GenerationRequest, GenerationSummary, InferenceEngine, JobOptions } from '../engine/types'
import { WavWriter } from '../media/wav'

export type WriteSamples = (samples: Float32Array) => Promise<void>

/** Takes what is decoded, in order, and writes exactly what belongs into the file: cut, faded or joined. */
export interface Shape {
  push(fromSample: number, samples: Float32Array): Promise<void>
  finish(): Promise<void>
}

export interface Drawing {
  readonly engine: InferenceEngine
  readonly request: GenerationRequest
  readonly wavPath: string
  /** What the person asked for, where the WAV is only on the way there: an error of the output names it. */
  readonly target?: string
  /** Of the file's first sample. */
  readonly timeReferenceSamples: number
  readonly shape: (write: WriteSamples) => Shape
  /** Hears every sample of the file, in order. */
  readonly listen: (samples: Float32Array) => void
  readonly onLatents?: (latents: Float32Array) => Promise<void>
}

/** Latents that cover `fromSample <= n < toSample`; the last may reach past the end. */
export function coveringLatents(
  { fromSample, toSample }: { readonly fromSample: number; readonly toSample: number },
  latentRateHz: number
): { readonly fromLatent: number; readonly toLatent: number } {
  const hopSamples = SAMPLE_RATE / latentRateHz
  return { fromLatent: Math.floor(fromSample / hopSamples), toLatent: Math.ceil(toSample / hopSamples) }
}

/** Errors: `engine.*`, `output.*`; an aborted signal throws its reason. The file is closed whatever happens. */
export async function drawSound(drawing: Drawing, options: JobOptions): Promise<GenerationSummary> {
  const { engine, request, wavPath, target, timeReferenceSamples, listen, onLatents } = drawing
  const writer = await WavWriter.create(wavPath, { sampleRate: SAMPLE_RATE, channels: 1, timeReferenceSamples }, target)
  const shape = drawing.shape(async (samples) => {
    listen(samples)
    await writer.write(samples)
  })
  let summary: GenerationSummary | undefined
  try {
    for await (const part of engine.generate(request, options)) {
      if (part.kind === 'latents') await onLatents?.(part.latents)
      else if (part.kind === 'waveform') await shape.push(part.fromSample, part.samples)
      else summary = part.summary
    }
    await shape.finish()
  } finally {
    await writer.close()
  }
  if (summary === undefined) throw new Error('unreachable: a generation that ends well has a summary')
  return summary
}
