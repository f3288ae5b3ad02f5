/** `foley batch`: a folder of films. Resumes where it stopped, and one film's failure does not end it. */
import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { join, parse, resolve } from 'node:path'
import { FoleyError, isAbort, toReport, type ErrorReport } from '@shared/errors'
import { FILM_EXTENSIONS, OUTPUT_EXTENSIONS } from '../main/media/containers'
import { makeFolder } from '../main/media/output'
import { generateFilm, type PipelineTools } from '../main/pipeline/generate'
import { requestOf } from './generate'
import { addSettings, type SettingOptions } from './options'
import { abortOnInterrupt } from './report'

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
  /** What the person should know about films that were made. */
  readonly warnings: readonly { readonly film: string; readonly warning: string }[]
}

export interface BatchHooks {
  readonly signal?: AbortSignal
  readonly onFilm?: (film: string, index: number, count: number) => void
  readonly onWarning?: (film: string, warning: string) => void
}

/** Hidden files are left out: beside each clip that a Mac copied lies one that has its name and is none. */
const isFilm = (name: string): boolean =>
  !name.startsWith('.') && FILM_EXTENSIONS.includes(parse(name).ext.slice(1).toLowerCase())

async function filmsOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(isFilm).sort()
  } catch (cause) {
    throw new FoleyError('input.unreadable', `The folder ${folder} cannot be read.`, 'Check its name and rights.', {
      cause
    })
  }
}

/**
 * Name of each film's output without its extension: the film's own, or all of it where that of another film is the same.
 * No two are alike, since no two films are.
 */
export function outputNames(films: readonly string[]): string[] {
  // Many file systems take two names that differ in case for one.
  const taken = new Set(films.map((film) => film.toLowerCase()))
  const names = films.map((film) => parse(film).name)
  const sharing = (name: string): number => names.filter((other) => other.toLowerCase() === name.toLowerCase()).length
  return films.map((film, index) => {
    const name = names[index]!
    return sharing(name) > 1 || taken.has(name.toLowerCase()) ? film : name
  })
}

/** In the films' own folder outputs would pass for films, and films for outputs of an earlier run. */
async function makeOutputFolder(folder: string, output: string): Promise<void> {
  await makeFolder(output)
  if ((await realpath(output)) !== (await realpath(folder))) return
  throw new FoleyError(
    'output.same-as-input',
    `${output} is the folder of the films.`,
    'Choose another folder with -o.'
  )
}

/** What is wrong with the pack or the machine is wrong for the next film too. */
const isOfEveryFilm = ({ code }: ErrorReport): boolean =>
  code.startsWith('pack.') || code === 'engine.provider' || code === 'ffmpeg.missing'

/**
 * Each film becomes `<name>.mp4` in `output`, or what else can carry its picture. Settings that no film can be made with
 * are refused before the first.
 */
export async function runBatch(
  folder: string,
  options: Options,
  tools: PipelineTools,
  { signal, onFilm, onWarning }: BatchHooks = {}
): Promise<BatchReport> {
  const films = await filmsOf(folder)
  if (films.length === 0) {
    throw new FoleyError('input.empty', `There is no film in ${folder}.`, 'Pass a folder with films (mp4, mov, ...).')
  }
  const output = resolve(options.output)
  const names = outputNames(films)
  const requests = films.map((film, index) =>
    requestOf(join(folder, film), { ...options, output: join(output, `${names[index]!}.mp4`), takes: 1 })
  )
  await makeOutputFolder(folder, output)
  const report = {
    done: [] as string[],
    skipped: [] as string[],
    failed: [] as { film: string; error: ErrorReport }[],
    warnings: [] as { film: string; warning: string }[]
  }
  for (const [index, film] of films.entries()) {
    onFilm?.(film, index, films.length)
    const made = OUTPUT_EXTENSIONS.map((extension) => join(output, `${names[index]!}${extension}`))
    if (options.force === undefined && made.some((path) => existsSync(path))) {
      report.skipped.push(film)
      continue
    }
    try {
      const { warnings } = await generateFilm(requests[index]!, tools, signal === undefined ? {} : { signal })
      report.done.push(film)
      for (const warning of warnings) {
        report.warnings.push({ film, warning })
        onWarning?.(film, warning)
      }
    } catch (error) {
      if (isAbort(error)) throw error
      const failure = toReport(error)
      if (isOfEveryFilm(failure)) throw error
      report.failed.push({ film, error: failure })
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
        onFilm: (film, index, count) => process.stderr.write(`[${index + 1}/${count}] ${film}\n`),
        onWarning: (film, warning) => process.stderr.write(`foley: ${film}: ${warning}\n`)
      })
      if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
      else {
        const { done, skipped, failed } = report
        process.stdout.write(`${done.length} made, ${skipped.length} were there, ${failed.length} failed\n`)
        for (const { film, error } of failed) {
          process.stdout.write(`${film}: ${error.message} ${error.action} [${error.code}]\n`)
        }
      }
      if (report.failed.length > 0) process.exitCode = 3
    } finally {
      interrupt.dispose()
    }
  })
}
