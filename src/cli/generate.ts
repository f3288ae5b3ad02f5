/** `foley generate`: one film, one or more takes. */
import { Command } from 'commander'
import { resolve } from 'node:path'
import { generateRequestSchema, type GenerateRequest, type GenerateResult } from '@shared/requests'
import { invalidRequest } from '../main/pipeline/check'
import { generateFilm, type PipelineTools } from '../main/pipeline/generate'
import { addSettings, findPack, number, settingsOf, type SettingOptions } from './options'
import { abortOnInterrupt, progressBar } from './report'

interface Options extends SettingOptions {
  readonly output: string
  readonly takes: number
  readonly from?: number
  readonly to?: number
  readonly stem?: string
  readonly onsets?: string
  readonly json?: true
}

export function requestOf(video: string, options: Options): GenerateRequest {
  const request = {
    videoPath: resolve(video),
    outputPath: resolve(options.output),
    packPath: findPack(options.model),
    provider: options.provider,
    settings: settingsOf(options),
    takes: options.takes,
    ...(options.from === undefined ? {} : { fromSec: options.from }),
    ...(options.to === undefined ? {} : { toSec: options.to }),
    original: options.original,
    gainDb: options.gainDb,
    ...(options.stem === undefined ? {} : { stemPath: resolve(options.stem) }),
    ...(options.onsets === undefined ? {} : { onsetsPath: resolve(options.onsets) })
  }
  const parsed = generateRequestSchema.safeParse(request, { reportInput: true })
  if (!parsed.success) throw invalidRequest(parsed.error)
  return parsed.data
}

/** What a person reads when it is done. */
export function describe(result: GenerateResult): string {
  const lines = result.takes.map(({ output, seed, onsets }) => `${output}  (seed ${seed}, ${onsets.length} onsets)`)
  const { total } = result.timingsSec
  lines.push(
    `${result.durationSec.toFixed(2)} s of film in ${total.toFixed(1)} s: ${result.pack}, ${result.provider}, ` +
      `${result.steps} ${result.solver} steps, guidance ${result.guidance}, sync ${result.syncMode}` +
      (result.pictureOffsetSec === 0 ? '' : `, picture offset ${result.pictureOffsetSec} s`)
  )
  return `${lines.join('\n')}\n`
}

export function generateCommand(tools: PipelineTools): Command {
  const command = new Command('generate')
    .description('make sound for a film and write it with the picture untouched')
    .argument('<video>', 'a film')
    .requiredOption('-o, --output <file>', 'where to write (.mp4, .mov, .mkv)')
    .option('--takes <k>', 'how many takes, each with the next seed (1 to 16)', number, 1)
    .option('--from <s>', 'start of the range to sound, in seconds', number)
    .option('--to <s>', 'end of the range to sound, in seconds', number)
    .option('--stem <file>', 'also write the generated track alone (.wav, 24 bit)')
    .option('--onsets <file>', 'also write its onsets (.csv or .json)')
    .option('--json', 'print one JSON object')
  return addSettings(command).action(async (video: string, options: Options) => {
    const request = requestOf(video, options)
    const interrupt = abortOnInterrupt()
    const bar = progressBar(process.stderr.isTTY && options.json === undefined)
    try {
      const result = await generateFilm(request, tools, { signal: interrupt.signal, onProgress: bar.onProgress })
      bar.stop()
      for (const warning of result.warnings) process.stderr.write(`foley: ${warning}\n`)
      process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : describe(result))
    } finally {
      bar.stop()
      interrupt.dispose()
    }
  })
}
