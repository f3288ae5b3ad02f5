/**
 * The ONNX Runtime sessions of one pack on one provider. A graph is loaded when it is first run, so that memory holds
 * only what is used; a load that failed is forgotten, so that a retry works.
 */
import { join } from 'node:path'
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { FoleyError } from '@shared/errors'
import type { GraphName, GraphSpec, TensorSpec } from '@shared/pack'
import { describeTensor } from './graph-contract'
import type { Pack } from './pack'
import type { RunningProvider } from './providers'
import { allFinite, float32, misfit, zeroFeeds, type Feeds, type Outputs, type Tensor } from './tensors'

export interface SessionSettings {
  readonly provider: RunningProvider
  /** Threads within one operator; left out, ONNX Runtime takes one per physical core. */
  readonly threads?: number
}

export class Sessions {
  readonly #pack: Pack
  readonly #settings: SessionSettings
  readonly #loading = new Map<GraphName, Promise<InferenceSession>>()

  constructor(pack: Pack, settings: SessionSettings) {
    this.#pack = pack
    this.#settings = settings
  }

  get provider(): RunningProvider {
    return this.#settings.provider
  }

  /** Loads a graph ahead of its first run. */
  async open(name: GraphName): Promise<void> {
    await this.#session(name)
  }

  /** Loads a graph and runs it on zeros: an accelerator may accept a graph and still fail to run it. */
  async probe(name: GraphName): Promise<void> {
    const outputs = await this.run(name, zeroFeeds(this.#graph(name).inputs))
    if (!Object.values(outputs).every((tensor) => allFinite(tensor.data))) {
      throw this.#failed(name, 'it gives values that are not numbers')
    }
  }

  /**
   * Runs a graph on those of `available` that it lists as inputs. Blocks the thread meanwhile. Every shape is checked
   * against the manifest, before and after. Error: `engine.failed`, and `pack.invalid` from the first use of a graph.
   */
  async run(name: GraphName, available: Feeds): Promise<Outputs> {
    const graph = this.#graph(name)
    const session = await this.#session(name)
    const bound = new Map<string, number>()
    const given = graph.inputs.map((spec): [string, Tensor] => {
      const tensor = available[spec.name]
      const problem = tensor ? misfit(spec, tensor, bound) : `${spec.name} was not given`
      if (!tensor || problem !== undefined) throw this.#failed(name, `input ${problem ?? spec.name}`)
      return [spec.name, tensor]
    })
    const feeds = Object.fromEntries(given.map(([key, tensor]) => [key, toOrt(tensor)]))
    let results: InferenceSession.ReturnType
    try {
      results = await session.run(feeds)
    } catch (error) {
      throw this.#failed(name, `it failed on ${this.provider}`, error)
    } finally {
      for (const tensor of Object.values(feeds)) tensor.dispose()
    }
    return this.#read(name, graph, results, bound)
  }

  /** Gives one graph's memory back; its next run loads it again. */
  async release(name: GraphName): Promise<void> {
    const loading = this.#loading.get(name)
    this.#loading.delete(name)
    const session = await loading?.catch(() => undefined)
    await session?.release()
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#loading.keys()].map((name) => this.release(name)))
  }

  #graph(name: GraphName): GraphSpec {
    const graph = this.#pack.manifest.graphs[name]
    if (graph) return graph
    throw new FoleyError(
      'pack.graph-missing',
      `The model pack ${this.#pack.manifest.id} has no graph ${name}.`,
      'Use a pack that was exported with it.'
    )
  }

  #session(name: GraphName): Promise<InferenceSession> {
    const running = this.#loading.get(name)
    if (running) return running
    const loading = this.#load(name)
    this.#loading.set(name, loading)
    loading.catch(() => {
      if (this.#loading.get(name) === loading) this.#loading.delete(name)
    })
    return loading
  }

  async #load(name: GraphName): Promise<InferenceSession> {
    const graph = this.#graph(name)
    let session: InferenceSession
    try {
      env.logLevel = 'error'
      session = await InferenceSession.create(join(this.#pack.directory, graph.file), sessionOptions(this.#settings))
    } catch (error) {
      throw this.#failed(name, `${graph.file} could not be loaded on ${this.provider}`, error)
    }
    try {
      this.#check(name, 'inputs', session.inputMetadata, graph.inputs)
      this.#check(name, 'outputs', session.outputMetadata, graph.outputs)
      return session
    } catch (error) {
      await session.release()
      throw error
    }
  }

  /** The file must have what the manifest promises. An output's extent may be unknown to the file: it is checked at run. */
  #check(
    name: GraphName,
    side: 'inputs' | 'outputs',
    found: readonly InferenceSession.ValueMetadata[],
    promised: readonly TensorSpec[]
  ): void {
    const describe = (value: InferenceSession.ValueMetadata): string =>
      `${value.name} ${value.isTensor ? `${value.type} [${value.shape.join(', ')}]` : 'not a tensor'}`
    const matches = (spec: TensorSpec): boolean =>
      found.some(
        (value) =>
          value.name === spec.name &&
          value.isTensor &&
          value.type === spec.type &&
          value.shape.length === spec.axes.length &&
          spec.axes.every((axis, position) => {
            const extent = value.shape[position]!
            return typeof axis === 'string'
              ? typeof extent === 'string'
              : extent === axis || (side === 'outputs' && typeof extent === 'string')
          })
      )
    if (found.length === promised.length && promised.every(matches)) return
    const expected = promised.map((spec) => `${spec.name} ${describeTensor(spec)}`).join(', ')
    throw new FoleyError(
      'pack.invalid',
      `The ${side} of ${this.#graph(name).file} should be ${expected}, but are ${found.map(describe).join(', ')}.`,
      'Export the pack again with this version of the training package.'
    )
  }

  #read(name: GraphName, graph: GraphSpec, results: InferenceSession.ReturnType, bound: Map<string, number>): Outputs {
    try {
      return Object.fromEntries(
        graph.outputs.map((spec) => {
          const result = results[spec.name]
          if (!(result?.data instanceof Float32Array)) throw this.#failed(name, `output ${spec.name} is not float32`)
          const tensor = float32(result.data, ...result.dims)
          const problem = misfit(spec, tensor, bound)
          if (problem !== undefined) throw this.#failed(name, `output ${problem}`)
          return [spec.name, tensor]
        })
      )
    } finally {
      for (const result of Object.values(results)) result.dispose()
    }
  }

  #failed(name: GraphName, problem: string, cause?: unknown): FoleyError {
    const detail = cause instanceof Error ? { detail: cause.message, cause } : { cause }
    return new FoleyError(
      'engine.failed',
      `The graph ${name} of the model pack ${this.#pack.manifest.id} did not run: ${problem}.`,
      this.provider === 'cpu'
        ? 'Close other programs if memory is short; otherwise export the pack again, or use another one.'
        : 'Try the CPU: choose it in the settings, or with --provider cpu.',
      detail
    )
  }
}

/**
 * How long a thread that has nothing to do looks for work before it sleeps. ONNX Runtime's own millisecond and more takes
 * the other programs' time, and on a busy machine our own: beside another program on two cores, a velocity step of the pack
 * `hits` took 450 ms instead of 370, and 190 ms of processor time instead of 127. Alone it takes 56 ms either way.
 */
const SPIN_MICROSECONDS = '20'

/** `intraOpNumThreads: undefined` throws, hence the spread. DirectML asks for sequential runs without memory patterns. */
function sessionOptions({ provider, threads }: SessionSettings): InferenceSession.SessionOptions {
  return {
    // One name only: in a list with `cpu` behind it, a provider that is not there is dropped with a mere warning.
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { spin_duration_us: SPIN_MICROSECONDS } } },
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(provider === 'dml' ? { enableMemPattern: false, executionMode: 'sequential' } : {})
  }
}

function toOrt(tensor: Tensor): OrtTensor {
  return tensor.type === 'float32'
    ? new OrtTensor('float32', tensor.data, tensor.dims)
    : new OrtTensor('int64', tensor.data, tensor.dims)
}
