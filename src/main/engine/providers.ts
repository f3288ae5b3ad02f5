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

/** What a person is told of a provider that did not start: what it is for, and what may help. */
const ADVICE: Readonly<Record<Exclude<RunningProvider, 'cpu'>, { readonly name: string; readonly help: string }>> =
  Object.freeze({
    cuda: {
      name: 'CUDA (NVIDIA cards)',
      help: 'If this machine has such a card, update its driver and run "npm run setup:cuda" once.'
    },
    dml: { name: 'DirectML (graphics cards)', help: 'A newer driver of the graphics card may help.' },
    coreml: { name: 'Core ML (Apple silicon)', help: 'A newer version of macOS may help.' }
  })

/** Providers of a machine, best first; every machine has `cpu`, as the last. */
export function providersOf(machine: Machine): readonly RunningProvider[] {
  return PROVIDERS_OF[`${machine.platform}-${machine.arch}`] ?? ['cpu']
}

export interface Choice<T> {
  readonly provider: RunningProvider
  /** Why it is not a faster one and what may help, to be shown; absent when the first choice started. */
  readonly reason?: string
  /** What those that did not start said themselves, for the log. */
  readonly detail?: string
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
  const failures: { readonly provider: keyof typeof ADVICE; readonly words: string }[] = []
  for (const provider of wish === 'auto' ? possible : [wish]) {
    try {
      const started = await start(provider)
      return { provider, started, ...(failures.length > 0 ? explained(failures) : {}) }
    } catch (error) {
      if (provider === 'cpu' || isAbort(error) || isPackError(error)) throw error
      if (wish !== 'auto') throw notHere(provider, possible, 'it did not start', error)
      failures.push({ provider, words: ownWords(error) })
    }
  }
  throw new Error('unreachable: cpu is the last of every list, and its failure was thrown')
}

/** A bad pack is bad everywhere. */
function isPackError(error: unknown): boolean {
  return error instanceof FoleyError && error.code.startsWith('pack.')
}

/** No machine has more than one besides the CPU: where all of them failed, the CPU it is. */
function explained(
  failures: readonly { readonly provider: keyof typeof ADVICE; readonly words: string }[]
): Pick<Required<Choice<never>>, 'reason' | 'detail'> {
  const sentences = failures.map(({ provider }) => {
    const { name, help } = ADVICE[provider]
    return `${name} did not start, so the CPU does the work, more slowly. ${help}`
  })
  return {
    reason: sentences.join(' '),
    detail: failures.map(({ provider, words }) => `${provider}: ${words}`).join('\n')
  }
}

function notHere(
  provider: RunningProvider,
  possible: readonly RunningProvider[],
  reason: string,
  cause?: unknown
): FoleyError {
  const setup = provider === 'cuda' && possible.includes('cuda') ? 'Run "npm run setup:cuda" once, or use' : 'Use'
  const others = possible.filter((name) => name !== provider).join(' or ')
  return new FoleyError(
    'engine.provider',
    `The provider ${provider} cannot run here: ${reason}. Possible on this machine: auto, ${possible.join(', ')}.`,
    `${setup} --provider auto or ${others}.`,
    cause === undefined ? {} : { cause, detail: ownWords(cause) }
  )
}

/** Of ONNX Runtime, mostly: raw, for the log alone. */
function ownWords(error: unknown): string {
  if (error instanceof FoleyError) return error.detail ?? error.message
  return error instanceof Error ? error.message : String(error)
}
