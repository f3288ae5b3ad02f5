/** Project files: `Name.foley`, with the takes beside it in `Name.takes`. */
import { readFile, stat } from 'node:fs/promises'
import { FoleyError } from '@shared/errors'
import type { ProjectDocument } from '@shared/project'
import { writeInto } from '../media/output'
import { invalid, parseDocument } from './document'
import { storedMediaPath } from './locate-media'

export const PROJECT_EXTENSION = '.foley'

/** Two thousand regions are a few megabytes. */
const PROJECT_MAX_BYTES = 128 * 1024 * 1024

export const isProjectPath = (path: string): boolean => path.toLowerCase().endsWith(PROJECT_EXTENSION)
export const withProjectExtension = (path: string): string =>
  isProjectPath(path) ? path : `${path}${PROJECT_EXTENSION}`
export const takesFolderOf = (projectPath: string): string => `${projectPath.slice(0, -PROJECT_EXTENSION.length)}.takes`

/** The document as it is in the file, its media path as stored. @throws FoleyError `project.*`, `input.unreadable` */
export async function readProject(path: string): Promise<ProjectDocument> {
  return parseDocument(await readText(path), path)
}

/** Takes that a project file lists. Undefined when it cannot be read: then nothing is known to be unused. */
export const savedTakesOf = async (path: string): Promise<ReadonlySet<string> | undefined> =>
  readProject(path).then(
    ({ takes }) => new Set(Object.keys(takes)),
    () => undefined
  )

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > PROJECT_MAX_BYTES) throw invalid(path, `it has ${size} bytes, more than any project`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof FoleyError) throw error
    throw new FoleyError(
      'input.unreadable',
      `${path} cannot be read: it is missing, or reading it is not allowed.`,
      'Check the path and its permissions.',
      { cause: error }
    )
  }
}

/** In one step: whoever reads the file sees the earlier one or this one, never half. @throws FoleyError `output.*` */
export async function writeProject(path: string, document: ProjectDocument): Promise<void> {
  const media = { ...document.media, path: storedMediaPath(document.media.path, path) }
  await writeInto(path, `${JSON.stringify({ ...document, media }, null, 1)}\n`)
}

/** What the system refuses while a project is saved, said of the project. */
export async function savingProject<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof FoleyError) || error.code !== 'output.unwritable') throw error
    throw new FoleyError(
      'project.unwritable',
      `The project cannot be saved as ${path}. ${error.message}`,
      'Use Save As and choose a folder that you may write to; nothing was lost, and the earlier file is as it was.',
      { cause: error }
    )
  }
}
