/** `foley probe`: what the film is, as the rest of the program sees it. */
import { Command } from 'commander'
import { resolve } from 'node:path'
import { probe } from '../main/media/probe'
import type { PipelineTools } from '../main/pipeline/generate'

export function probeCommand(tools: PipelineTools): Command {
  return new Command('probe')
    .description('print what a film is made of, as JSON')
    .argument('<video>', 'a film')
    .action(async (video: string) => {
      const info = await probe(resolve(video), await tools.media())
      process.stdout.write(`${JSON.stringify(info, null, 2)}\n`)
    })
}
