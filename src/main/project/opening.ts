/** Everything that is done before a project is entered, so that a failure leaves the one that is open as it is. */
import { access, constants, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { MissingMedia } from '@shared/ipc'
import type { MediaRef, ProjectDocument } from '@shared/project'
import { secondsToSamples } from '@shared/time'
import { latenessWarning, pictureLatenessSec } from '../media/conversion'
import type { MediaInfo } from '../media/media-info'
import { probe } from '../media/probe'
import type { MediaTools } from '../media/tools'
import { type Chance, newDocument, type PackDefaults, withFilm, withoutTakes } from './document'
import { readProject, takesFolderOf } from './files'
import { assertSameFilm, locateMedia } from './locate-media'
import { mediaRefOf } from './media-ref'
import type { Recovery } from './recovery'
import { copyTakes, takesIn } from './takes'
import { makeFolder } from '../media/output'

export interface OpeningTools extends Chance {
  /** Holds `projects/<id>/takes` of what is not saved yet. */
  readonly userDataFolder: string
  readonly media: () => Promise<MediaTools>
  readonly packDefaults: () => Promise<PackDefaults>
}

/** A project that is ready to be entered. */
export interface Prepared {
  /** Its media path is absolute. */
  readonly document: ProjectDocument
  readonly path: string | null
  readonly film: MediaInfo
  readonly takesFolder: string
  /** Takes that the project file on disk references. */
  readonly savedTakes: ReadonlySet<string>
  readonly dirty: boolean
  readonly warnings: readonly string[]
}

export const workingFolder = (userDataFolder: string, id: string): string => join(userDataFolder, 'projects', id)

/** A new project for a film. @throws FoleyError `input.*` */
export async function prepareFilm(path: string, tools: OpeningTools): Promise<Prepared> {
  const media = await tools.media()
  const film = await probe(path, media)
  const lookForLateness = pictureLatenessSec(film, media)
  const [ref, defaults, latenessSec] = await Promise.all([mediaRefOf(film), tools.packDefaults(), lookForLateness])
  const document = newDocument(ref, defaults, tools, 0 - secondsToSamples(latenessSec))
  return {
    document,
    path: null,
    film,
    takesFolder: join(workingFolder(tools.userDataFolder, document.id), 'takes'),
    savedTakes: new Set(),
    dirty: false,
    warnings: latenessSec > 0 ? [...film.warnings, latenessWarning(latenessSec)] : film.warnings
  }
}

/**
 * A project file. Its film is looked for, unless `mediaPath` says where it is now.
 *
 * @throws FoleyError `project.*`, `input.*`
 */
export async function prepareProject(
  projectPath: string,
  tools: OpeningTools,
  mediaPath?: string
): Promise<Prepared | MissingMedia> {
  const path = resolve(projectPath)
  const document = await readProject(path)
  const mediaAt = await findMedia(document.media, path, mediaPath)
  if (mediaAt === undefined) return { missing: document.media, projectPath: path }
  const savedTakes = new Set(Object.keys(document.takes))
  const takesFolder = await writableTakes(path, document, tools)
  const isMoved = mediaAt !== resolve(dirname(path), document.media.path)
  return complete({ document, path, takesFolder, savedTakes, dirty: isMoved }, mediaAt, tools)
}

/** What a crash left. Its file stays until the project is saved or closed. @throws as {@link prepareProject} */
export async function prepareRecovery(
  recovery: Recovery,
  recoveryPath: string,
  tools: OpeningTools,
  mediaPath?: string
): Promise<Prepared | MissingMedia> {
  const { document, projectPath: path, takesFolder } = recovery
  const mediaAt = await findMedia(document.media, path, mediaPath)
  if (mediaAt === undefined) return { missing: document.media, projectPath: path ?? recoveryPath }
  const saved = path === null ? undefined : await readProject(path).catch(() => undefined)
  const savedTakes = new Set(Object.keys(saved?.takes ?? {}))
  return complete({ document, path, takesFolder, savedTakes, dirty: true }, mediaAt, tools)
}

async function findMedia(media: MediaRef, projectPath: string | null, chosen?: string): Promise<string | undefined> {
  if (chosen === undefined) return locateMedia(media, projectPath)
  await assertSameFilm(chosen, media)
  return resolve(chosen)
}

type Located = Pick<Prepared, 'document' | 'path' | 'takesFolder' | 'savedTakes' | 'dirty'>

async function complete(located: Located, mediaPath: string, tools: OpeningTools): Promise<Prepared> {
  const film = await probe(mediaPath, await tools.media())
  const present = await takesIn(located.takesFolder)
  const kept = withoutTakes(located.document, (id) => !present.has(id))
  return {
    ...located,
    document: withFilm(kept.document, await mediaRefOf(film)),
    film,
    dirty: located.dirty || kept.takes > 0,
    warnings: [...film.warnings, ...goneWarning(kept, located.takesFolder)]
  }
}

function goneWarning({ takes, regions }: { takes: number; regions: number }, folder: string): string[] {
  if (takes === 0) return []
  const gone = takes === 1 ? '1 take of this project is' : `${takes} takes of this project are`
  const lost = regions === 1 ? '1 region had no other take' : `${regions} regions had no other take`
  return [
    `${gone} not in ${folder}${regions === 0 ? '' : `; ${lost} and left the timeline`}. ` +
      'To have them back, close without saving, copy the folder of takes beside the project and open it again.'
  ]
}

/** New takes are written beside the project; where that is forbidden (a shared or read-only disk), into our own folder. */
async function writableTakes(path: string, document: ProjectDocument, tools: OpeningTools): Promise<string> {
  const beside = takesFolderOf(path)
  const isFolder = await stat(beside).then(
    (stats) => stats.isDirectory(),
    () => false
  )
  const isWritable = await access(isFolder ? beside : dirname(path), constants.W_OK).then(
    () => true,
    () => false
  )
  if (isWritable) return beside
  const own = join(workingFolder(tools.userDataFolder, document.id), 'takes')
  await makeFolder(own)
  await copyTakes(beside, own, new Set(Object.keys(document.takes)))
  return own
}
