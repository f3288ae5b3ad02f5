/** Requests that make something: sync points, waveforms, takes, exports. */
import { basename, dirname, extname, join } from 'node:path'
import { FoleyError } from '@shared/errors'
import type { PeakPyramid, RequestName, SoundSource } from '@shared/ipc'
import type { ProjectDocument } from '@shared/project'
import { containerFor } from '../media/containers'
import { inconsistency } from '../project/document'
import type { StudioParts } from './parts'
import { takePeaks } from './peaks'
import type { Handlers } from './ports'

type WorkHandlers = Pick<
  Handlers,
  Extract<RequestName, `film:${string}` | `sound:${string}` | `job:${string}` | `shell:${string}`>
>

export function workHandlers(parts: StudioParts): WorkHandlers {
  const { ports, jobs, store, shown } = parts
  return {
    'film:analyse': (request) => jobs.analyse(request),
    'sound:peaks': ({ source }) => peaks(parts, source),
    'job:generate': async (request) => {
      parts.generating += 1
      try {
        const { id } = store.current
        await store.readyTakesFolder()
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
      const report = await jobs.exportFilm({ ...request, document, path: target })
      for (const file of [report.path, ...report.files]) shown.add(file)
      return report
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

async function peaks({ store, openFilm }: StudioParts, source: SoundSource): Promise<PeakPyramid> {
  if (source.kind === 'original') return openFilm.peaks()
  const found = store.take(source.takeId)
  if (!found) throw noTake(source.takeId)
  return takePeaks(found.wavPath, store.current.media.durationSamples)
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
