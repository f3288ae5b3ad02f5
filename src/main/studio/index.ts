/** What the window asks is answered here. Knows no Electron: the shell supplies {@link StudioPorts}. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { RequestName } from '@shared/ipc'
import type { StudioSettings } from '@shared/settings'
import { createJobs } from '../jobs'
import { StudioParts, type StudioTools } from './parts'
import type { Handlers, StudioPorts, StudioService } from './ports'
import { projectHandlers } from './project-handlers'
import { serve } from './serve'
import { workHandlers } from './work-handlers'

const SAMPLE_FILM = 'stick.mp4'

/** `tools` is for tests. */
export async function createStudio(ports: StudioPorts, tools: StudioTools = { createJobs }): Promise<StudioService> {
  const parts = await StudioParts.start(ports, tools)
  return {
    handlers: { ...projectHandlers(parts), ...workHandlers(parts), ...applicationHandlers(parts) },
    resolve: (url) => serve(url, parts.store, parts.film),
    abandon: () => parts.abandon(),
    dispose: async () => {
      await parts.jobs.dispose()
      await parts.film?.dispose()
      await parts.store.settle()
    }
  }
}

type ApplicationHandlers = Pick<
  Handlers,
  Extract<RequestName, `app:${string}` | `settings:${string}` | `packs:${string}` | `cache:${string}`>
>

function applicationHandlers(parts: StudioParts): ApplicationHandlers {
  const { ports, packs, cache, jobs } = parts
  const usingPack = async <T>(change: () => Promise<T>): Promise<T> => {
    const [before, path] = [packs.settings, packs.packPath]
    const answer = await change()
    if (needsNewEngine(before, packs.settings) || packs.packPath !== path) await jobs.resetEngine()
    return answer
  }
  return {
    'app:info': async () => {
      const sample = join(ports.samplesFolder, SAMPLE_FILM)
      const { version, platform, licences } = ports
      return {
        ...{ version, platform, licences },
        recent: await parts.recent.list(),
        recoverable: await parts.store.recoverable(),
        settings: packs.settings,
        samplePath: await access(sample).then(
          () => sample,
          () => null
        )
      }
    },
    'app:open-path': () => Promise.resolve(ports.takeOpenPath()),
    'settings:set': ({ settings }) => usingPack(() => packs.set(settings)),
    'packs:list': () => packs.list(),
    'packs:add': async ({ path }) => {
      const chosen = path ?? (await ports.dialogs.chooseFolder())
      return chosen === null ? null : packs.add(chosen)
    },
    'cache:info': () => cache.info(),
    'cache:clear': () => cache.clear(parts.store.isOpen ? parts.store.current.media.partialHash : null)
  }
}

/** A process that holds the models holds them as it was started. */
const needsNewEngine = (before: StudioSettings, after: StudioSettings): boolean =>
  before.provider !== after.provider || before.threads !== after.threads
