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

const tools: PipelineTools = {
  media: () => findTools(),
  openEngine: (request, signal) => openEngineHost(forkNode(engineEntry), request, signal)
}

const program = new Command('foley')
  .description('Sound for silent action, in sync to the frame, on this machine.')
  .option('--verbose', 'print what failed programs said')
  .exitOverride()
  .showHelpAfterError()
for (const command of [
  generateCommand(tools),
  batchCommand(tools),
  probeCommand(tools),
  onsetsCommand(),
  modelsCommand(),
  evaluateCommand()
]) {
  program.addCommand(command.exitOverride())
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : ERROR_EXIT['request.invalid']
  else {
    const argv = process.argv
    process.exitCode = reportFailure(error, { json: argv.includes('--json'), verbose: argv.includes('--verbose') })
  }
}
