/** The engine's state in words. Pure. */
import type { EngineStatus } from '@shared/ipc'
import type { ListedManifest } from '@shared/settings'

export const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  auto: 'Automatic',
  cpu: 'CPU',
  cuda: 'CUDA (NVIDIA)',
  dml: 'DirectML (Windows)',
  coreml: 'Core ML (Mac)'
}

/** "cuda" on a chip is "CUDA". */
const shortName = (provider: string): string =>
  (PROVIDER_NAMES[provider] ?? provider.toUpperCase()).replace(/ \(.*\)/, '')

export function engineWords(
  { state, pack, provider }: EngineStatus,
  chosen: Pick<ListedManifest, 'id' | 'version'> | null
): { short: string; sentence: string } {
  const name = pack ?? (chosen ? `${chosen.id} ${chosen.version}` : 'no model pack')
  const on = provider === null ? '' : `${shortName(provider)} · `
  switch (state) {
    case 'idle':
      return { short: `${on}${name}`, sentence: `${name} starts with the first film.` }
    case 'loading':
      return { short: `${on}${name}`, sentence: `Loading ${name}…` }
    case 'ready':
      return {
        short: `${on}${name}`,
        sentence: `${name} runs on ${provider === null ? 'this machine' : shortName(provider)}.`
      }
    case 'failed':
      return { short: 'Engine stopped', sentence: 'The engine stopped. It starts again with the next take.' }
  }
}
