/** The command line: the same pipeline as the window's, for a terminal and for scripts. */
import { Command, CommanderError } from 'commander'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ERROR_EXIT } from '@shared/errors'
import { forkNode } from '../main/engine/fork-node'
import { openEngineHost } from '../main/engine/host'
import { findTools } from '../main/media/tools'
import type { PipelineTools } from '../main/pipeline/generate'
import { batchCommand } from './batch'
import { evaluateCommand } from './evaluate'
import { generateCommand } from './generate'
import { modelsCommand } from './models'
import { onsetsCommand } from './onsets'
import { probeCommand } from './probe'
import { reportFailure } from './report'

const engineEntry = join(dirname(fileURLToPath(import.meta.url)), 'engine-process.mjs')

const isVerbose = process.argv.includes('--verbose')

const tools: PipelineTools = {
  media: () => findTools(),
  openEngine: async (request, signal) => {
    const ready = await openEngineHost(forkNode(engineEntry), request, signal)
    const { providerDetail } = ready.info
    if (isVerbose && providerDetail !== undefined) process.stderr.write(`${providerDetail}\n`)
    return ready
  }
}

const program = new Command('foley')
  .description('Sound for silent action, in sync to the frame, on this machine.')
  .option('--verbose', 'print what failed programs said')
  .exitOverride()
  .showHelpAfterError('Run "foley --help" for the commands.')
for (const command of [
  generateCommand(tools),
  batchCommand(tools),
  probeCommand(tools),
  onsetsCommand(),
  modelsCommand(),
  evaluateCommand()
]) {
  const name = command.name()
  program.addCommand(command.exitOverride().showHelpAfterError(`Run "foley ${name} --help" to see what it takes.`))
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : ERROR_EXIT['request.invalid']
  else {
    process.exitCode = reportFailure(error, { json: process.argv.includes('--json'), verbose: isVerbose })
  }
}
