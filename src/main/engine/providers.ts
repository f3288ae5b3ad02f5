/**
 * Which execution provider of ONNX Runtime runs the graphs. Nothing falls back silently: what was tried and why it did
 * not start is part of the answer.
 */
import { FoleyError, isAbort } from '@shared/errors'
import type { Provider } from '@shared/requests'

/** A provider that can run, as opposed to the wish `auto`. */
export type RunningProvider = Exclude<Provider, 'auto'>

export interface Machine {
  readonly platform: string
  readonly arch: string
}

/**
 * What onnxruntime-node 1.30 is built with, best first. CoreML comes for arm64 only; CUDA needs its libraries
 * (`npm run setup:cuda`).
 */
const PROVIDERS_OF: Readonly<Record<string, readonly RunningProvider[]>> = Object.freeze({
  'win32-x64': Object.freeze(['dml', 'cpu'] as const),
  'win32-arm64': Object.freeze(['dml', 'cpu'] as const),
  'linux-x64': Object.freeze(['cuda', 'cpu'] as const),
  'linux-arm64': Object.freeze(['cpu'] as const),
  'darwin-arm64': Object.freeze(['coreml', 'cpu'] as const)
})

const LABEL: Readonly<Record<RunningProvider, string>> = Object.freeze({
  cpu: 'the CPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'CoreML'
})

/** Providers of a machine, best first; every machine has `cpu`, as the last. */
export function providersOf(machine: Machine): readonly RunningProvider[] {
  return PROVIDERS_OF[`${machine.platform}-${machine.arch}`] ?? ['cpu']
}

export interface Choice<T> {
  readonly provider: RunningProvider
  /** Why it is not a faster one, to be shown; absent when the first choice started. */
  readonly reason?: string
  /** What `start` gave. */
  readonly started: T
}

/**
 * Starts the wished provider, or with `auto` the first of the machine's that starts. `start` must throw when its
 * provider cannot run. Errors: `engine.provider` when a provider that was asked for by name cannot run here; whatever
 * `start` throws for the CPU or about the pack, since that is no matter of providers.
 */
export async function chooseProvider<T>(
  wish: Provider,
  machine: Machine,
  start: (provider: RunningProvider) => Promise<T>
): Promise<Choice<T>> {
  const possible = providersOf(machine)
  if (wish !== 'auto' && !possible.includes(wish)) {
    throw notHere(wish, possible, `it does not exist on ${machine.platform} ${machine.arch}`)
  }
  const failures: string[] = []
  for (const provider of wish === 'auto' ? possible : [wish]) {
    try {
      const started = await start(provider)
      const reason = `${failures.join('; ')}; running on ${LABEL[provider]}.`
      return { provider, started, ...(failures.length > 0 ? { reason } : {}) }
    } catch (error) {
      if (provider === 'cpu' || isAbort(error) || isPackError(error)) throw error
      if (wish !== 'auto') throw notHere(provider, possible, firstLine(error), error)
      failures.push(`${LABEL[provider]} could not start (${firstLine(error)})`)
    }
  }
  throw new Error('unreachable: cpu is the last of every list, and its failure was thrown')
}

/** A bad pack is bad everywhere. */
function isPackError(error: unknown): boolean {
  return error instanceof FoleyError && error.code.startsWith('pack.')
}

function notHere(
  provider: RunningProvider,
  possible: readonly RunningProvider[],
  reason: string,
  cause?: unknown
): FoleyError {
  const setup = provider === 'cuda' && possible.includes('cuda') ? 'Run `npm run setup:cuda` once, or use' : 'Use'
  const others = possible.filter((name) => name !== provider).join(' or ')
  return new FoleyError(
    'engine.provider',
    `The provider ${provider} cannot run here: ${reason}. Possible on this machine: auto, ${possible.join(', ')}.`,
    `${setup} --provider auto or ${others}.`,
    { cause }
  )
}

function firstLine(error: unknown): string {
  const text =
    error instanceof FoleyError
      ? (error.detail ?? error.message)
      : String(error instanceof Error ? error.message : error)
  return text
    .split('\n', 1)[0]!
    .replace(/[.\s]+$/, '')
    .slice(0, 200)
}
