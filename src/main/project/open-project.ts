/** What is known of the open project: where its takes are, and which of them a file on disk needs. */
import type { ProjectDocument, Take } from '@shared/project'
import type { MediaInfo } from '../media/media-info'
import type { Prepared } from './opening'

export interface OpenProject {
  readonly id: string
  path: string | null
  readonly film: MediaInfo
  readonly media: ProjectDocument['media']
  /** The current one first, then those of before a save, into which a job may still be writing. */
  takesFolders: readonly [string, ...string[]]
  readonly takes: Map<string, Take>
  /** What the project file references now, and what any file that was saved in this session does. */
  savedTakes: ReadonlySet<string>
  readonly everSavedTakes: Set<string>
  readonly madeTakes: Set<string>
  /** JSON of what is on disk, or of what was opened: nothing to recover. */
  settled: string | null
}

export function openProject({ document, path, film, takesFolder, savedTakes, dirty }: Prepared): OpenProject {
  const takeIds = Object.keys(document.takes)
  return {
    id: document.id,
    path,
    film,
    media: document.media,
    takesFolders: [takesFolder],
    takes: new Map(Object.entries(document.takes)),
    savedTakes,
    everSavedTakes: new Set(savedTakes),
    madeTakes: new Set(takeIds.filter((id) => !savedTakes.has(id))),
    settled: dirty ? null : JSON.stringify(document)
  }
}
