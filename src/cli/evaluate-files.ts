/** Which file belongs to which: reference and generated tracks are matched by their stem. */
import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { FoleyError } from '@shared/errors'
import { stemOf } from '../main/analysis/labels'
import type { EvaluationFile } from '../main/analysis/listen'

/** Where two files share a stem, the earlier kind wins: the stem of a take before the film that carries it, encoded. */
const MEDIA_EXTENSIONS =
  'wav flac aif aiff mp4 mov mkv webm m4v avi mxf ts mts m2ts mpg mpeg m4a aac mp3 ogg opus wma 3gp'.split(' ')

const rank = (path: string): number => MEDIA_EXTENSIONS.indexOf(extname(path).slice(1).toLowerCase())

/** Media files in a folder, hidden ones left out. Throws `input.unreadable` when the folder cannot be listed. */
export async function mediaUnder(folder: string, recursive = false): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive }).catch((cause: unknown) => {
    throw new FoleyError(
      'input.unreadable',
      `The folder ${folder} cannot be read.`,
      'Check that it exists, that it is a folder, and that you may read it.',
      { cause }
    )
  })
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && rank(entry.name) >= 0)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

async function mediaByStem(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const path of await mediaUnder(folder)) if (!found.has(stemOf(path))) found.set(stemOf(path), path)
  return found
}

export interface MatchedFiles {
  readonly files: readonly EvaluationFile[]
  readonly warnings: readonly string[]
}

/**
 * Files whose stem is in the reference folder and in every generated folder (in all of the reference when there is no
 * generated folder), sorted by name. What only some of the folders hold is left out with a warning: rows must be about
 * the same clips. Throws `input.empty` when nothing remains.
 */
export async function matchFiles(referenceFolder: string, generatedFolders: readonly string[]): Promise<MatchedFiles> {
  const reference = await mediaByStem(referenceFolder)
  const generated = await Promise.all(generatedFolders.map(mediaByStem))
  const files = [...reference]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, referencePath]) => ({
      name,
      referencePath,
      generatedPaths: generated.map((folder) => folder.get(name)).filter((path) => path !== undefined)
    }))
  const complete = files.filter(({ generatedPaths }) => generatedPaths.length === generated.length)
  if (complete.length === 0) {
    throw new FoleyError(
      'input.empty',
      `No file in ${referenceFolder} (${reference.size} media files) has a counterpart of the same name in ${
        generatedFolders.length === 1 ? generatedFolders[0]! : `each of ${generatedFolders.join(', ')}`
      }.`,
      'Name generated files like their reference; the extension may differ.'
    )
  }
  const partial = ({ generatedPaths: { length } }: EvaluationFile): boolean => length > 0 && length < generated.length
  const strangers = generated.flatMap((folder) => [...folder].filter(([name]) => !reference.has(name)))
  return {
    files: complete,
    warnings: [
      ...files
        .filter(partial)
        .map(({ name }) => `${name} is missing in some of the generated folders and was left out.`),
      ...strangers.map(([, path]) => `${path} has no reference and was left out.`)
    ]
  }
}
