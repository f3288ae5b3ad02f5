/** Where a project's film is, on this machine, now. */
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { FoleyError } from '@shared/errors'
import type { MediaRef } from '@shared/project'
import { fingerprint } from './media-ref'

/** As a project file holds it: relative to it with forward slashes, or absolute where no relative path leads there. */
export function storedMediaPath(mediaPath: string, projectPath: string): string {
  const path = relative(dirname(projectPath), mediaPath)
  return isAbsolute(path) ? mediaPath : path.split(sep).join('/')
}

/**
 * Looks where the project says, then beside the project: people move both together. Undefined when the film is in
 * neither place, or another film stands there.
 */
export async function locateMedia(media: MediaRef, projectPath: string | null): Promise<string | undefined> {
  const folder = projectPath === null ? undefined : dirname(projectPath)
  // The path may have been written on another system.
  const name = media.path.split(/[\\/]/).at(-1) ?? ''
  const places =
    folder === undefined ? [media.path] : [resolve(folder, media.path), ...(name === '' ? [] : [join(folder, name)])]
  for (const place of places) {
    if ((await compare(place, media)) === 'same') return place
  }
  return undefined
}

/** @throws FoleyError `project.media-missing`, `project.media-other` unless `path` is the very film of the project */
export async function assertSameFilm(path: string, media: MediaRef): Promise<void> {
  const found = await compare(path, media)
  if (found === 'same') return
  const name = basename(media.path)
  if (found === 'absent') {
    throw new FoleyError(
      'project.media-missing',
      `${path} cannot be read.`,
      `Choose the file that was ${name}, or bring back the disk that it is on.`
    )
  }
  throw new FoleyError(
    'project.media-other',
    `${path} is not the film of this project: ${name} had ${media.bytes} bytes, ${describe(found, media)}.`,
    'Choose the very file that the project was made with; for another film, open it and make a new project.'
  )
}

type Found = 'same' | 'absent' | { readonly bytes: number }

const describe = (found: { readonly bytes: number }, media: MediaRef): string =>
  found.bytes === media.bytes ? 'this one has as many but other content' : `this one has ${found.bytes}`

async function compare(path: string, media: MediaRef): Promise<Found> {
  try {
    const { bytes, partialHash } = await fingerprint(path)
    return bytes === media.bytes && partialHash === media.partialHash ? 'same' : { bytes }
  } catch {
    return 'absent'
  }
}
