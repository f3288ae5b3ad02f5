/**
 * Any embedding network that the user passes, for the Fréchet distance.
 *
 * The graph's contract: one input, float32 waveform [1, n] (or [n]) at 16 000 Hz mono, -1..1, any n; its first output
 * float32 [frames, d], or [1, frames, d], or [d] for one vector per clip. Exports that start from a spectrogram need their
 * front end inside the graph.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { FoleyError } from '@shared/errors'

export const EMBEDDING_RATE = 16_000

/** [n] at 16 kHz -> rows of [d]. */
export type Embed = (wave: Float32Array) => Promise<readonly Float32Array[]>

const CONTRACT = 'one float32 input, a waveform [1, n] or [n] at 16 kHz, and a float32 output [frames, d]'

function refused(path: string, what: string, cause?: unknown): FoleyError {
  return new FoleyError(
    'request.unsupported',
    `An embedding graph takes ${CONTRACT}; ${path} ${what}.`,
    'Export the embedding with its front end inside the graph, so that it takes a waveform.',
    { cause, ...(cause instanceof Error ? { detail: cause.message } : {}) }
  )
}

function toRows(output: Tensor | undefined, path: string): Float32Array[] {
  if (!(output?.data instanceof Float32Array)) throw refused(path, 'answers no float32 tensor')
  const { data, dims } = output
  const size = dims.at(-1) ?? 0
  const frames = dims.slice(0, -1).reduce((product, extent) => product * extent, 1)
  if (dims.length > 3 || (dims.length === 3 && dims[0] !== 1)) {
    throw refused(path, `answers [${dims.join(', ')}]`)
  }
  return Array.from({ length: frames }, (_, row) => data.slice(row * size, (row + 1) * size))
}

/** Loads the graph on the CPU. Throws `request.unsupported` when it does not keep to the contract. */
export async function loadEmbedding(path: string): Promise<{ embed: Embed; dispose: () => Promise<void> }> {
  const session = await InferenceSession.create(path, { executionProviders: ['cpu'], logSeverityLevel: 4 }).catch(
    (cause: unknown) => {
      throw refused(path, 'could not be loaded', cause)
    }
  )
  const [input, ...others] = session.inputMetadata
  if (!input?.isTensor || input.type !== 'float32' || others.length > 0 || input.shape.length > 2) {
    const inputs = session.inputMetadata.map((meta) =>
      meta.isTensor ? `${meta.type} [${meta.shape.join(', ')}]` : '?'
    )
    await session.release()
    throw refused(path, `takes ${inputs.join(' and ')}`)
  }
  const flat = input.shape.length === 1
  const embed: Embed = async (wave) => {
    const tensor = new Tensor('float32', wave, flat ? [wave.length] : [1, wave.length])
    const outputs = await session.run({ [input.name]: tensor }, { logSeverityLevel: 4 }).catch((cause: unknown) => {
      throw refused(path, `failed on ${wave.length} samples`, cause)
    })
    return toRows(outputs[session.outputNames[0]!], path)
  }
  return { embed, dispose: () => session.release() }
}
