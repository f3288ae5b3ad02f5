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
import { reportFailure, wrongCall } from './report'

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

/** Wrong calls are told by {@link wrongCall}. */
const SILENT = { outputError: (): void => undefined }

const program = new Command('foley')
  .description('Sound for silent action, in sync to the frame, on this machine.')
  .option('--verbose', 'print what failed programs said')
  .exitOverride()
  .configureOutput(SILENT)
for (const command of [
  generateCommand(tools),
  batchCommand(tools),
  probeCommand(tools),
  onsetsCommand(),
  modelsCommand(),
  evaluateCommand()
]) {
  program.addCommand(command.exitOverride().configureOutput(SILENT))
}

/** Of the command line's words, the one that names a command. */
const commandName = (): string | undefined => {
  const word = process.argv.slice(2).find((each) => !each.startsWith('-'))
  return program.commands.find((command) => command.name() === word)?.name()
}

/** Help is no error, though a call without any command ends with the status of one. */
const isHelp = ({ code }: CommanderError): boolean => code.startsWith('commander.help')

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError && isHelp(error)) {
    process.exitCode = error.exitCode === 0 ? 0 : ERROR_EXIT['request.invalid']
  } else {
    const told = error instanceof CommanderError ? wrongCall(error, commandName()) : error
    process.exitCode = reportFailure(told, { json: process.argv.includes('--json'), verbose: isVerbose })
  }
}
