/** `foley models`: the packs on this machine, what they learned from and what they may be used for. */
import { Command } from 'commander'
import { listPacks, type ListedPack } from '../main/engine/pack'
import { packRoots } from './options'

function describe({ path, manifest, error }: ListedPack): string {
  if (error !== undefined) return `${path}\n  refused: ${error.message} ${error.action} [${error.code}]\n`
  const bytes = Object.values(manifest.graphs).reduce((sum, graph) => sum + (graph?.bytes ?? 0), 0)
  return [
    `${manifest.id} ${manifest.version}  ${manifest.name}, ${(bytes / 2 ** 20).toFixed(1)} MiB`,
    `  ${path}`,
    `  licence    ${manifest.licence.weights}` +
      (manifest.licence.credits.length > 0 ? `, with ${manifest.licence.credits.length} credits` : ''),
    ...manifest.training.data.map((data) => `  learned    ${data}`),
    `  sync modes ${manifest.syncModes.join(', ')}`,
    `  materials  ${manifest.materials.join(', ') || 'as seen only'}`,
    ''
  ].join('\n')
}

export function modelsCommand(): Command {
  return new Command('models')
    .description('list the installed model packs')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: { json?: true }) => {
      const packs = await listPacks(packRoots())
      process.stdout.write(json ? `${JSON.stringify({ packs }, null, 2)}\n` : packs.map(describe).join('\n'))
    })
}
