/** `foley batch`: a folder of films. Resumes where it stopped, and one film's failure does not end it. */
import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join, parse, resolve } from 'node:path'
import { FoleyError, isAbort, toReport, type ErrorReport } from '@shared/errors'
import { generateFilm, type PipelineTools } from '../main/pipeline/generate'
import { requestOf } from './generate'
import { addSettings, type SettingOptions } from './options'
import { abortOnInterrupt } from './report'

/** What a folder of footage holds; anything else in it is left alone. */
const FILM_EXTENSIONS = new Set(['.mp4', '.mov', '.m4v', '.mkv', '.webm', '.avi', '.ts', '.mts', '.mxf', '.mpg'])

interface Options extends SettingOptions {
  readonly output: string
  readonly force?: true
  readonly json?: true
}

export interface BatchReport {
  readonly done: readonly string[]
  /** Already there from an earlier run. */
  readonly skipped: readonly string[]
  readonly failed: readonly { readonly film: string; readonly error: ErrorReport }[]
}

async function filmsOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => FILM_EXTENSIONS.has(parse(name).ext.toLowerCase())).sort()
  } catch (cause) {
    throw new FoleyError('input.unreadable', `The folder ${folder} cannot be read.`, 'Check its name and rights.', {
      cause
    })
  }
}

/** Each film becomes `<name>.mp4` in `output` (or `.mov`, where MP4 cannot carry its picture). */
export async function runBatch(
  folder: string,
  options: Options,
  tools: PipelineTools,
  hooks: { readonly signal?: AbortSignal; readonly onFilm?: (film: string, index: number, count: number) => void } = {}
): Promise<BatchReport> {
  const films = await filmsOf(folder)
  if (films.length === 0) {
    throw new FoleyError('input.empty', `There is no film in ${folder}.`, 'Pass a folder with films (mp4, mov, ...).')
  }
  const output = resolve(options.output)
  await mkdir(output, { recursive: true })
  const report = { done: [] as string[], skipped: [] as string[], failed: [] as { film: string; error: ErrorReport }[] }
  for (const [index, film] of films.entries()) {
    hooks.onFilm?.(film, index, films.length)
    const { name } = parse(film)
    const made = ['.mp4', '.mov'].map((extension) => join(output, name + extension))
    if (options.force === undefined && made.some((path) => existsSync(path))) {
      report.skipped.push(film)
      continue
    }
    try {
      const request = requestOf(join(folder, film), { ...options, output: made[0]!, takes: 1 })
      await generateFilm(request, tools, hooks.signal === undefined ? {} : { signal: hooks.signal })
      report.done.push(film)
    } catch (error) {
      if (isAbort(error)) throw error
      report.failed.push({ film, error: toReport(error) })
    }
  }
  return report
}

export function batchCommand(tools: PipelineTools): Command {
  const command = new Command('batch')
    .description('make sound for every film of a folder; films that are done are skipped')
    .argument('<folder>', 'a folder of films')
    .requiredOption('-o, --output <folder>', 'where to write')
    .option('--force', 'make films again that are already there')
    .option('--json', 'print one JSON object')
  return addSettings(command).action(async (folder: string, options: Options) => {
    const interrupt = abortOnInterrupt()
    try {
      const report = await runBatch(resolve(folder), options, tools, {
        signal: interrupt.signal,
        onFilm: (film, index, count) => process.stderr.write(`[${index + 1}/${count}] ${film}\n`)
      })
      if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
      else {
        const { done, skipped, failed } = report
        process.stdout.write(`${done.length} made, ${skipped.length} were there, ${failed.length} failed\n`)
        for (const { film, error } of failed) process.stdout.write(`${film}: ${error.message} ${error.action}\n`)
      }
      if (report.failed.length > 0) process.exitCode = 3
    } finally {
      interrupt.dispose()
    }
  })
}
