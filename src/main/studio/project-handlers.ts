/** Requests about the project as a file. */
import type { RequestName } from '@shared/ipc'
import { FoleyError } from '@shared/errors'
import { withProjectExtension } from '../project/files'
import type { StudioParts } from './parts'
import type { Handlers } from './ports'
import { mayReplace } from './replacing'

type ProjectHandlers = Pick<Handlers, Extract<RequestName, `project:${string}`>>

export function projectHandlers(parts: StudioParts): ProjectHandlers {
  const { ports, store, recent, shown } = parts
  const { dialogs } = ports
  return {
    'project:open': async ({ path }) => {
      const chosen = path ?? (await dialogs.open('film-or-project'))
      if (chosen === null) return null
      parts.jobs.warmUp()
      return parts.enter(await store.prepare(chosen))
    },
    'project:relink': async ({ projectPath, mediaPath }) => {
      const chosen = mediaPath ?? (await dialogs.open('film'))
      return chosen === null ? null : parts.enter(await store.prepareRelinked(projectPath, chosen))
    },
    'project:recover': async ({ id, restore }) => {
      if (restore) {
        parts.jobs.warmUp()
        return parts.enter(await store.prepareRecovered(id))
      }
      await store.forget(id)
      return null
    },
    'project:save': async ({ document, as }) => {
      const { path } = store.current
      const chosen = path === null || as ? await dialogs.save('project', store.suggestedPath) : path
      if (chosen === null) return null
      // The dialog has asked about what was typed, which may lack the extension.
      const target = withProjectExtension(chosen)
      if (target !== path && !(await mayReplace(parts, [target], chosen))) return null
      const saved = await store.save(document, target)
      shown.add(saved)
      await recent.add(saved)
      return { path: saved }
    },
    'project:autosave': async ({ document }) => {
      await store.autosave(document)
      return null
    },
    'project:close': async () => {
      await parts.close()
      return null
    },
    'project:clean-up': async ({ document }) => {
      if (parts.generating === 0) return store.cleanUp(document)
      throw new FoleyError(
        'request.invalid',
        'Sound is being generated: its takes are not in the project yet.',
        'Clean up when it is done.'
      )
    },
    'project:confirm-close': ({ name }) => dialogs.confirmClose(name),
    'project:confirm-stop': ({ work }) => dialogs.confirmStop(work)
  }
}
