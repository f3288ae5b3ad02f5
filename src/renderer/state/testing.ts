/** For tests of the window's state: a main process that answers as it is told. */
import type { AnswerOf, OpenedProject, RequestName, RequestOf } from '@shared/ipc'
import type { ProjectDocument } from '@shared/project'
import type { Ask } from './bridge'

export type Answers = { readonly [Name in RequestName]?: (payload: RequestOf<Name>) => Promise<AnswerOf<Name>> }

export interface Asked {
  readonly ask: Ask
  /** Names of requests, in order. */
  readonly names: RequestName[]
}

/** What has no answer is refused. */
export function asking(answers: Answers): Asked {
  const names: RequestName[] = []
  const ask: Ask = (name, payload) => {
    names.push(name)
    const answer = answers[name]
    return answer ? answer(payload) : Promise.reject(new Error(`nobody answers ${name}`))
  }
  return { ask, names }
}

export function opened(document: ProjectDocument, change: Partial<OpenedProject> = {}): OpenedProject {
  const { media } = document
  const thumbnails = { base: 'thumbs/', count: 0, everySec: 1, width: 1, height: 1 }
  const film = { media, name: 'film.mp4', url: 'media/film', thumbnails, warnings: [] }
  return { document, path: null, film, dirty: false, ...change }
}
