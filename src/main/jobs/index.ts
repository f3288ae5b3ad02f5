/** Long work of the window: what can be asked, and in which lane each runs. */
import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import type { AnswerOf, ExportJob, ExportReport, GenerateJob, JobKind, RequestOf } from '@shared/ipc'
import type { Take } from '@shared/project'
import type { SuggestedSync } from '@shared/requests'
import type { StudioSettings } from '@shared/settings'
import type { LoadRequest } from '../engine/types'
import type { MediaInfo } from '../media/media-info'
import type { MediaTools } from '../media/tools'
import type { StudioPorts } from '../studio/ports'
import { FilmAnalysis, type FilmToSee } from './analysis'
import { draggedFolder, renderDrag, renderWav, type WavSource } from './drag'
import { EngineKeeper } from './engine-keeper'
import { exportDocument, exportPaths } from './export'
import { drawTakes } from './generate'
import { JobQueue, type JobHandle } from './queue'

export interface JobsContext {
  readonly ports: StudioPorts
  readonly media: () => Promise<MediaTools>
  readonly packPath: () => string
  readonly settings: () => StudioSettings
  /** Of the open project. @throws FoleyError `request.invalid` when there is none */
  readonly film: () => MediaInfo
  /** Another one when another film is opened. */
  readonly filmKey: () => string
  /** Of the open project; holds `<take>.wav` and `<take>.latents`. */
  readonly takesFolder: () => string
  /** Sees to it that the folder is there. @throws FoleyError `output.*` */
  readonly readyTakesFolder: () => Promise<void>
}

export interface Jobs {
  /** Loads the pack before it is needed. Nobody waits for it: whoever needs it is told what is wrong with it. */
  warmUp(): void
  analyse(request: RequestOf<'film:analyse'>): Promise<AnswerOf<'film:analyse'>>
  generate(request: GenerateJob): Promise<{ takes: Take[] }>
  exportFilm(request: ExportJob & { path: string }): Promise<ExportReport>
  /** Every path that {@link exportFilm} would write to. */
  exportPaths(request: Pick<ExportJob, 'document'> & { path: string }): string[]
  /** Writes a WAV of the region or track; returns what the person should know. */
  renderWav(request: RequestOf<'sound:save'>, target: string): Promise<string[]>
  /** Path of such a WAV in a folder of its own. */
  renderDrag(request: RequestOf<'shell:drag'>): Promise<string>
  /** Work that nobody waits for; it runs beside exports and generations. */
  background<T>(
    kind: JobKind,
    label: string,
    work: (signal: AbortSignal, onFraction: (fraction: number) => void) => Promise<T>
  ): Promise<T>
  /** The job's promise rejects with an AbortError at once. */
  cancel(jobId: string): void
  /** Resolves when nothing works any more. */
  cancelAll(): Promise<void>
  /** After pack, provider or threads changed. */
  resetEngine(): Promise<void>
  /** Ends all work and the engine's process. */
  dispose(): Promise<void>
}

/** A generation goes in between the pieces of a long analysis. */
const PRIORITY = { analyse: 0, generate: 1 } as const
/** Share of an analysis's bar that loading the pack takes. */
const LOAD_SHARE = 0.05

export function createJobs(context: JobsContext): Jobs {
  const { ports } = context
  const queue = new JobQueue({ send: (update) => ports.send('job', update), log: ports.log })
  const analysis = new FilmAnalysis()
  const keeper = new EngineKeeper({
    fork: ports.forkEngine,
    wanted: () => wantedEngine(context),
    send: (status) => ports.send('engine', status),
    log: ports.log
  })
  const target = async (): Promise<FilmToSee> => {
    const [film, filmKey] = [context.film(), context.filmKey()]
    return { film, filmKey, media: await context.media() }
  }
  const wavSource = (): WavSource => ({ film: context.film(), takesFolder: context.takesFolder() })
  return {
    warmUp: () => keeper.warmUp(),
    analyse: ({ jobId, threshold = 0 }) =>
      queue.start({ jobId, kind: 'analyse', label: 'Looking for impacts' }, async (job) => {
        const suggestions = await analyse(job, await target(), { analysis, keeper })
        return { suggestions: suggestions.filter(({ probability }) => probability >= threshold) }
      }),
    generate: (request) =>
      queue.start({ jobId: request.jobId, kind: 'generate', label: generateLabel(request) }, async (job) => {
        await context.readyTakesFolder()
        const [seen, takesFolder] = [await target(), context.takesFolder()]
        const { signal, report } = job
        const draw = (): Promise<Take[]> => {
          if (!keeper.isLoaded) report('load', 0)
          return keeper.use(signal, (ready) =>
            drawTakes(request, { target: seen, analysis, ready, takesFolder, signal, report })
          )
        }
        return { takes: await job.turn('engine', draw, PRIORITY.generate) }
      }),
    exportFilm: (request) =>
      queue.start(
        { jobId: request.jobId, kind: 'export', label: `Exporting ${basename(request.path)}` },
        async ({ turn, signal, report }) => {
          const [film, takesFolder, media] = [context.film(), context.takesFolder(), await context.media()]
          return turn('media', () => exportDocument(request, { film, media, takesFolder, signal, report }))
        }
      ),
    exportPaths: ({ document, path }) => exportPaths(document, path, context.film()),
    renderWav: (request, target) => renderWav(request, target, wavSource()),
    renderDrag: (request) => renderDrag(request, { ...wavSource(), folder: draggedFolder(ports.userDataFolder) }),
    background: (kind, label, work) =>
      queue.start({ jobId: randomUUID(), kind, label }, ({ turn, signal, report }) =>
        turn('background', () => work(signal, (fraction) => report('mux', fraction)))
      ),
    cancel: (jobId) => queue.cancel(jobId),
    cancelAll: () => queue.cancelAll(),
    resetEngine: () => keeper.reset(),
    dispose: async () => {
      await Promise.all([queue.cancelAll(), keeper.dispose()])
      // A load that was under way may have started a process meanwhile.
      await keeper.dispose()
    }
  }
}

function wantedEngine({ packPath, settings }: JobsContext): LoadRequest {
  const { provider, threads } = settings()
  return { packPath: packPath(), provider, ...(threads === null ? {} : { threads }) }
}

const generateLabel = ({ seeds }: GenerateJob): string =>
  seeds.length === 1 ? 'Drawing a take' : `Drawing ${seeds.length} takes`

interface Seeing {
  readonly analysis: FilmAnalysis
  readonly keeper: EngineKeeper
}

/** One turn in the engine's lane for each piece of the film that nobody has looked at yet. */
async function analyse(job: JobHandle, target: FilmToSee, { analysis, keeper }: Seeing): Promise<SuggestedSync[]> {
  const { signal, report } = job
  let total: number | undefined
  for (;;) {
    // A long film's first pieces may have been looked at by a generation, or by another analysis meanwhile.
    const found = await job.turn(
      'engine',
      () => {
        if (!keeper.isLoaded) report('load', 0)
        return keeper.use(signal, async (ready) => {
          report('frames', LOAD_SHARE)
          const unseen = analysis.unseen(target, ready)
          const [piece] = unseen
          if (!piece) return analysis.suggestions(target, ready)
          total ??= unseen.length
          const began = Math.max(0, total - unseen.length)
          const onFraction = (fraction: number): void =>
            report('encode', LOAD_SHARE + ((1 - LOAD_SHARE) * (began + fraction)) / total!)
          await analysis.look(piece, target, ready, { signal, onFraction })
          return unseen.length === 1 ? analysis.suggestions(target, ready) : undefined
        })
      },
      PRIORITY.analyse
    )
    if (found) return found
  }
}
