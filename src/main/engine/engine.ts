/** The engine in its own process: one pack, loaded on one provider, that encodes films and generates sound for them. */
import type { GraphName } from '@shared/pack'
import { encodeFrames } from './encode'
import { generate } from './generate'
import { verifyPack, type Pack } from './pack'
import { chooseProvider, type Choice, type Machine } from './providers'
import { Sessions } from './sessions'
import type {
  EncodedFilm,
  EncodeOptions,
  EngineInfo,
  GeneratedPart,
  GenerationRequest,
  InferenceEngine,
  JobOptions,
  LoadRequest,
  RgbFrame
} from './types'

/** What a generation needs; the audio encoder is loaded by whoever uses it. */
const GENERATION_GRAPHS: readonly GraphName[] = ['visualEncoder', 'conditioner', 'velocity', 'decoder']

export interface LoadOptions extends JobOptions {
  /** Only tests say another one. */
  readonly machine?: Machine
}

export class Engine implements InferenceEngine {
  readonly info: EngineInfo
  readonly #pack: Pack
  readonly #sessions: Sessions

  private constructor(pack: Pack, { started: sessions, reason, detail }: Choice<Sessions>) {
    this.#pack = pack
    this.#sessions = sessions
    this.info = {
      manifest: pack.manifest,
      packHash: pack.hash,
      provider: sessions.provider,
      ...(reason === undefined ? {} : { providerReason: reason }),
      ...(detail === undefined ? {} : { providerDetail: detail })
    }
  }

  /**
   * Verifies the pack and loads its graphs, so that a broken one is refused before minutes of work. Errors: `pack.*`,
   * `engine.provider`, `engine.failed`; an aborted signal throws its reason.
   */
  static async load(request: LoadRequest, options: LoadOptions = {}): Promise<Engine> {
    const { signal, machine = process } = options
    const pack = await verifyPack(request.packPath, signal)
    const threads = request.threads === undefined ? {} : { threads: request.threads }
    const choice = await chooseProvider(request.provider, machine, async (provider) => {
      const sessions = new Sessions(pack, { provider, ...threads })
      try {
        for (const graph of GENERATION_GRAPHS) {
          signal?.throwIfAborted()
          await (provider === 'cpu' ? sessions.open(graph) : sessions.probe(graph))
        }
        return sessions
      } catch (error) {
        await sessions.dispose()
        throw error
      }
    })
    options.onProgress?.({ phase: 'load', fraction: 1 })
    return new Engine(pack, choice)
  }

  async encode(frames: AsyncIterable<RgbFrame>, options: EncodeOptions = {}): Promise<EncodedFilm> {
    return encodeFrames(frames, this.#pack.manifest, (feeds) => this.#sessions.run('visualEncoder', feeds), options)
  }

  generate(request: GenerationRequest, options: JobOptions = {}): AsyncGenerator<GeneratedPart, void, undefined> {
    const model = {
      manifest: this.#pack.manifest,
      run: (graph: GraphName, feeds: Parameters<Sessions['run']>[1]) => this.#sessions.run(graph, feeds)
    }
    return generate(model, request, options)
  }

  async dispose(): Promise<void> {
    await this.#sessions.dispose()
  }
}
