/** Requests that make something: sync points, waveforms, takes, exports. */
import { basename, dirname, extname, join } from 'node:path'
import PQueue from 'p-queue'
import { FoleyError } from '@shared/errors'
import type { PeakPyramid, RequestName } from '@shared/ipc'
import type { ProjectDocument } from '@shared/project'
import { wavName } from '../jobs/drag'
import { containerFor } from '../media/containers'
import { checkOutput } from '../media/output'
import { inconsistency } from '../project/document'
import type { StudioParts } from './parts'
import { EMPTY_PYRAMID, takePeaks } from './peaks'
import type { Handlers } from './ports'
import { mayReplace } from './replacing'

type WorkHandlers = Pick<
  Handlers,
  Extract<RequestName, `film:${string}` | `proxy:${string}` | `sound:${string}` | `job:${string}` | `shell:${string}`>
>

export function workHandlers(parts: StudioParts): WorkHandlers {
  const { ports, jobs, store, shown } = parts
  const waveforms = latestFirst(2)
  return {
    'film:analyse': (request) => jobs.analyse(request),
    'proxy:retry': () => {
      parts.openFilm.makeProxy()
      return Promise.resolve(null)
    },
    'sound:peaks': async ({ source }) =>
      source.kind === 'original' ? parts.openFilm.peaks() : peaksOfTake(parts, source.takeId, waveforms),
    'sound:attacks': async () => ({ timesSec: await parts.openFilm.attacksSec() }),
    'job:generate': async (request) => {
      parts.generating += 1
      try {
        const { id } = store.current
        const made = await jobs.generate(request)
        if (store.isOpen && store.current.id === id) await store.adopt(made.takes)
        return made
      } finally {
        parts.generating -= 1
      }
    },
    'job:export': async (request) => {
      const document = owned(parts, request.document)
      const path = request.path ?? (await ports.dialogs.save('export', suggestedExport(document)))
      if (path === null) return null
      const target = extname(path) === '' ? `${path}${extname(suggestedExport(document))}` : path
      if (!(await mayReplace(parts, jobs.exportPaths({ document, path: target }), request.path ? null : path)))
        return null
      // Another film may have been opened beside the dialog.
      owned(parts, request.document)
      const report = await jobs.exportFilm({ ...request, document, path: target })
      for (const file of [report.path, ...report.files]) shown.add(file)
      return report
    },
    'sound:save': async (request) => {
      const place = { ...request, document: owned(parts, request.document) }
      const film = place.document.media.path
      const path = await ports.dialogs.save('wav', join(dirname(film), wavName(place)))
      if (path === null) return null
      const target = extname(path).toLowerCase() === '.wav' ? path : `${path}.wav`
      if (!(await mayReplace(parts, [target], path))) return null
      owned(parts, request.document)
      await checkOutput(film, target)
      const warnings = await jobs.renderWav(place, target)
      shown.add(target)
      return { path: target, warnings }
    },
    'job:cancel': ({ jobId }) => {
      jobs.cancel(jobId)
      return Promise.resolve(null)
    },
    'shell:show': async ({ path }) => {
      await assertShowable(parts, path)
      ports.showInFolder(path)
      return null
    },
    'shell:drag': async (request) => {
      const path = await jobs.renderDrag({ ...request, document: owned(parts, request.document) })
      ports.startDrag(path)
      return { path }
    }
  }
}

type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/**
 * A window that shows an hour asks for a thousand takes at once, each a file to open. What was asked for last is what is
 * looked at now.
 */
function latestFirst(concurrency: number): InTurn {
  const queue = new PQueue({ concurrency })
  let asked = 0
  return (work) => {
    asked += 1
    return queue.add(work, { priority: asked, throwOnTimeout: true })
  }
}

async function peaksOfTake(parts: StudioParts, takeId: string, inTurn: InTurn): Promise<PeakPyramid> {
  const { film, store } = parts
  const found = store.take(takeId)
  if (!found) throw noTake(takeId)
  const { durationSamples } = store.current.media
  // Whoever asked has closed the film before it was their turn: nobody draws it.
  return inTurn(() =>
    parts.film === film ? takePeaks(found.wavPath, durationSamples) : Promise.resolve(EMPTY_PYRAMID)
  )
}

const noTake = (takeId: string): FoleyError =>
  new FoleyError('request.invalid', `The open project has no take ${takeId}.`, 'Open the project again.')

/** The window's document, with the film that is open; refused where rendering it could not work. */
function owned({ store }: StudioParts, document: ProjectDocument): ProjectDocument {
  const { id, media } = store.current
  const problem = document.id === id ? inconsistency(document) : `project ${document.id} is not the open one`
  if (problem === undefined) return { ...document, media }
  throw new FoleyError(
    'request.invalid',
    `The project cannot be rendered: ${problem}.`,
    'Undo the last edit and try again.'
  )
}

/** Beside the film; `.mov` or `.mkv` where MP4 cannot carry its picture. */
function suggestedExport({ media }: ProjectDocument): string {
  const { extension } = containerFor(media.codec, '.mp4')
  return join(dirname(media.path), `${basename(media.path, extname(media.path))} (Foley)${extension}`)
}

/** The window cannot have any file of the machine shown: only what was written for it, packs and the cache. */
async function assertShowable({ shown, cache, packs }: StudioParts, path: string): Promise<void> {
  if (shown.has(path) || path === cache.folder) return
  if ((await packs.list()).some((pack) => pack.path === path)) return
  throw new FoleyError(
    'request.invalid',
    `${path} was not written by this session of Foley Studio.`,
    'Open it in the file manager yourself.'
  )
}
