/** Exports a document: the film with its sound, stems, lists. Everything is made in a folder beside the target first. */
import { mkdtemp, rm } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { isAudible } from '@shared/audible'
import type { ExportJob, ExportReport } from '@shared/ipc'
import type { ProjectDocument, Track } from '@shared/project'
import type { Phase } from '@shared/progress'
import type { OriginalMode } from '@shared/requests'
import { inputArguments, onOwnClock } from '../media/arguments'
import { exportFilm as writeFilm, planExport, type ExportPlan } from '../media/export'
import { measureGraph, measureLoudness, type Loudness } from '../media/loudness'
import type { MediaInfo } from '../media/media-info'
import { planMix } from '../media/mix'
import { checkOutput, putInPlace, withErrnoAsFoley, writeStaged, type Move } from '../media/output'
import { timeReferenceSamples } from '../media/time-reference'
import type { MediaTools } from '../media/tools'
import { formatCsv, formatEdl } from './events-list'
import { distinctNames, fileName } from './file-names'
import { gainToward, PEAK_CEILING_DBTP } from './loudness-gain'
import { clippedWarning, writeBus, writeStem } from './mix-files'
import { audibleTracks } from './timeline-mix'

export interface ExportContext {
  readonly film: MediaInfo
  readonly media: MediaTools
  readonly takesFolder: string
  readonly signal: AbortSignal
  readonly report: (phase: Phase, fraction: number) => void
}

interface StemOutput extends Move {
  readonly track: Track
}

interface Plan {
  readonly folder: string
  readonly film: Move
  readonly container: ExportPlan['container']
  readonly stems: readonly StemOutput[]
  readonly csv: Move | null
  readonly edl: Move | null
  readonly original: OriginalMode
}

/** Shares of the bar. */
const MIXED = 0.2
const MEASURED = 0.3
const MUXED = 0.75
const MEASURED_AGAIN = 0.82
/** AAC moves peaks by a little; so much over the ceiling is written anew. */
const PEAK_SLACK_DB = 0.05

/**
 * @throws FoleyError `output.*`, `request.unsupported`, `input.*`, `ffmpeg.failed`; the signal's reason. Whatever is
 * thrown, every earlier file stands as it was and no new one is left.
 */
export async function exportDocument(
  job: ExportJob & { readonly path: string },
  context: ExportContext
): Promise<ExportReport> {
  const { document } = job
  const plan = await planOutputs(document, job.path, context)
  try {
    const { warnings, loudness } = await writePicture(document, plan, context)
    const stemWarnings = await writeStems(document, plan, context)
    const { csv, edl, film } = plan
    if (csv) await writeStaged(csv, formatCsv(document))
    if (edl) await writeStaged(edl, formatEdl(document, basename(film.target, extname(film.target))))
    const outputs = [film, ...plan.stems, csv, edl].filter((each) => each !== null)
    await putInPlace(outputs, context.signal)
    return {
      path: film.target,
      files: outputs.map(({ target }) => target),
      warnings: [...new Set([...warnings, ...stemWarnings])],
      loudnessLufs: finite(loudness.integratedLufs),
      truePeakDbtp: finite(loudness.truePeakDbtp)
    }
  } finally {
    await rm(plan.folder, { recursive: true, force: true })
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Where the files of an export go. */
interface Targets {
  readonly film: string
  readonly stems: readonly { readonly track: Track; readonly path: string }[]
  readonly csv: string | null
  readonly edl: string | null
}

function targetsOf(document: ProjectDocument, film: string): Targets {
  const { exports } = document
  const beside = film.slice(0, -extname(film).length)
  const tracks = exports.stems ? audibleTracks(document) : []
  const names = distinctNames(tracks.map(({ name }) => fileName(name)))
  return {
    film,
    stems: tracks.map((track, index) => ({ track, path: `${beside} - ${names[index]!}.wav` })),
    csv: exports.csv ? `${beside}.csv` : null,
    edl: exports.edl ? `${beside}.edl` : null
  }
}

const pathsOf = ({ film, stems, csv, edl }: Targets): string[] =>
  [film, ...stems.map(({ path }) => path), csv, edl].filter((each) => each !== null)

/** Every path that {@link exportDocument} would write to, the film first. @throws FoleyError as {@link planExport} */
export const exportPaths = (document: ProjectDocument, path: string, film: MediaInfo): string[] =>
  pathsOf(targetsOf(document, planExport(film, path).path))

/** Finds out before minutes of work whether everything can be written. */
async function planOutputs(document: ProjectDocument, path: string, { film }: ExportContext): Promise<Plan> {
  const { path: target, container } = planExport(film, path)
  const targets = targetsOf(document, target)
  for (const each of pathsOf(targets)) await checkOutput(film.path, each)
  // Beside the target, so that renaming never crosses disks; an hour's sound may not fit into the system's own folder.
  const folder = await withErrnoAsFoley(target, () => mkdtemp(join(dirname(resolve(target)), '.foley-export-')))
  const staged = (name: string): string => join(folder, name)
  const { stems, csv, edl } = targets
  return {
    folder,
    container,
    film: { staged: staged(`film${container.extension}`), target },
    stems: stems.map((stem, index) => ({ track: stem.track, staged: staged(`stem${index}.wav`), target: stem.path })),
    csv: csv === null ? null : { staged: staged('list.csv'), target: csv },
    edl: edl === null ? null : { staged: staged('list.edl'), target: edl },
    original: originalMode(document)
  }
}

/** An original that is not heard is not mixed in. As a track of its own it stays: that is what it is asked for. */
function originalMode(document: ProjectDocument): OriginalMode {
  const { original } = document.exports
  const isMixed = original === 'mix' || original === 'duck'
  return isMixed && !isAudible(document, document.original) ? 'replace' : original
}

interface Written {
  readonly warnings: readonly string[]
  /** Of the film's first sound track as it was written. */
  readonly loudness: Loudness
}

async function writePicture(document: ProjectDocument, plan: Plan, context: ExportContext): Promise<Written> {
  const { film, media, takesFolder, signal, report } = context
  const foleyPath = join(plan.folder, 'bus.wav')
  const onFraction = (fraction: number): void => report('mix', MIXED * fraction)
  const heard = { document, takesFolder, part: { kind: 'timeline' }, signal, onFraction } as const
  await writeBus(foleyPath, heard, plan.film.target)
  const target = document.exports.loudness
  const before = target === 'off' ? undefined : await measureBus(document, plan, foleyPath, context)
  report('mix', MEASURED)
  const { gainDb, isCapped } = before ? gainToward(target, before) : { gainDb: 0, isCapped: false }
  const write = async (busGainDb: number, until: number): Promise<Written> => {
    const warnings = await writeFilm(
      {
        film,
        plan: { path: plan.film.staged, container: plan.container },
        target: plan.film.target,
        foleyPath,
        original: plan.original,
        gainDb: 0,
        originalGainDb: document.original.gainDb,
        busGainDb,
        onFraction: (fraction) => report('mux', MEASURED + (until - MEASURED) * fraction)
      },
      media,
      signal
    )
    return { warnings, loudness: await measureLoudness(plan.film.staged, media, signal) }
  }
  let written = await write(gainDb, MUXED)
  const over = written.loudness.truePeakDbtp - PEAK_CEILING_DBTP
  if (target !== 'off' && over > PEAK_SLACK_DB) written = await write(gainDb - over, MEASURED_AGAIN)
  report('mux', MEASURED_AGAIN)
  await rm(foleyPath, { force: true })
  return isCapped
    ? { ...written, warnings: [...written.warnings, cappedWarning(target, written.loudness.integratedLufs)] }
    : written
}

function cappedWarning(target: string, reached: number): string {
  const [peak, wanted, got] = [String(PEAK_CEILING_DBTP), target, reached.toFixed(1)].map((each) =>
    each.replace('-', '−')
  )
  return `The loudest hits reach ${peak} dBTP before ${wanted} LUFS: the loudness reached is ${got} LUFS.`
}

/** Loudness of what will be the first track, before any gain. */
async function measureBus(
  document: ProjectDocument,
  { original, container }: Plan,
  foleyPath: string,
  { film, media, signal }: ExportContext
): Promise<Loudness> {
  const isAlone = original === 'replace' || original === 'second-track' || film.audio.length === 0
  if (isAlone) return measureLoudness(foleyPath, media, signal)
  const foley = { channels: 2, gainDb: 0, frames: document.media.durationSamples }
  const { graph } = planMix(film, foley, original, container, { originalGainDb: document.original.gainDb })
  return measureGraph([...onOwnClock(film.path), ...inputArguments(foleyPath)], graph, media, signal)
}

/** Stems are measured by whoever mixes them, not changed: the loudness preset does not touch them. */
async function writeStems(document: ProjectDocument, plan: Plan, context: ExportContext): Promise<string[]> {
  const { takesFolder, film, signal, report } = context
  const warnings: string[] = []
  for (const [index, { track, staged, target }] of plan.stems.entries()) {
    const { clippedSamples } = await writeStem(
      staged,
      {
        document,
        takesFolder,
        part: { kind: 'track', trackId: track.id },
        signal,
        onFraction: (fraction) =>
          report('mix', MEASURED_AGAIN + ((1 - MEASURED_AGAIN) * (index + fraction)) / plan.stems.length)
      },
      timeReferenceSamples(film),
      target
    )
    if (clippedSamples > 0) {
      warnings.push(clippedWarning(track.name, clippedSamples))
    }
  }
  return warnings
}
