/**
 * The main job in one go, for the command line: a film in, the same film with sound out. The window does the same in
 * pieces (`jobs/`): both look with `look.ts` and draw with `draw.ts`, and both write the film with `media/export.ts`.
 *
 * frames -> engine (features, suggested sync points) -> engine (waveform) -> mix -> file. Nothing is held in memory that
 * grows with the film, but its features (about 0.8 MB a minute).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { FoleyError } from '@shared/errors'
import type { PackManifest } from '@shared/pack'
import type { OnProgress } from '@shared/progress'
import type { GenerateRequest, GenerateResult, SuggestedSync, SyncPoint, TakeResult } from '@shared/requests'
import { expectedLevelDb } from '@shared/sync'
import { SAMPLE_RATE } from '@shared/time'
import { OnsetDetector } from '../analysis/onsets'
import { resolveSettings } from '../engine/conditions'
import type { EncodedFilm, GenerationRequest, GenerationSummary, LoadRequest, ReadyEngine } from '../engine/types'
import { exportFilm, planExport, type ExportPlan } from '../media/export'
import type { MediaInfo } from '../media/media-info'
import { checkOutput, putInPlace, withErrnoAsFoley, writeStaged, type Move } from '../media/output'
import { probe } from '../media/probe'
import { timeReferenceSamples } from '../media/time-reference'
import type { MediaTools } from '../media/tools'
import { drawSound, type Drawing } from './draw'
import { RangeGate } from './gate'
import { formatOnsets } from './onsets-file'
import { lookAt } from './look'
import { PictureOffset, type SeenFilm } from './picture-offset'
import { checkPoints, planRange, planTakes, type RangePlan, type TakePlan } from './plan'
import { createProgressMeter, type ProgressMeter } from './progress'
import { Stopwatch } from './stopwatch'

/** What the job needs of the machine; injected, so that window, command line and tests bring their own. */
export interface PipelineTools {
  media(): Promise<MediaTools>
  /** Loads the pack; the job disposes of the engine when it is done. */
  openEngine(request: LoadRequest, signal: AbortSignal | undefined): Promise<ReadyEngine>
}

export interface GenerateOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: OnProgress
}

interface Job {
  readonly request: GenerateRequest
  readonly media: MediaTools
  readonly film: MediaInfo
  readonly ready: ReadyEngine
  readonly range: RangePlan
  /** Holds what is not finished; see {@link stagingFolder}. */
  readonly folder: string
  readonly watch: Stopwatch
  readonly meter: ProgressMeter
  readonly signal: AbortSignal | undefined
}

interface MadeTake {
  readonly take: TakeResult
  readonly summary: GenerationSummary
  readonly warnings: readonly string[]
  /** Its finished files, and where they belong. */
  readonly moves: readonly Move[]
}

/**
 * Runs one request to its end. Errors: every code of `input.*`, `output.*`, `pack.*`, `engine.*`, `ffmpeg.*` and
 * `request.*`; an aborted signal throws its reason. All files of all takes are put in place together at the end: a run
 * that fails leaves no output, and every earlier file as it was.
 */
export async function generateFilm(
  request: GenerateRequest,
  tools: PipelineTools,
  { signal, onProgress }: GenerateOptions = {}
): Promise<GenerateResult> {
  const watch = new Stopwatch()
  const meter = createProgressMeter(onProgress)
  const takes = planTakes(request)
  const media = await tools.media()
  const film = await watch.time('probe', () => probe(request.videoPath, media, { signal }))
  meter.report('probe', 1)
  checkPoints(film, request.settings.syncPoints ?? [], request)
  const exports = takes.map((take) => planExport(film, take.outputPath))
  await checkOutputs(request.videoPath, takes, exports)
  const offset = new PictureOffset(film, request.settings.pictureOffsetSec, media, signal)
  let opened: ReadyEngine | undefined
  let folder: string | undefined
  try {
    const ready = await watch.time('load', () =>
      tools.openEngine({ packPath: request.packPath, provider: request.provider }, signal)
    )
    opened = ready
    meter.report('load', 1)
    checkSettings(request, takes, ready.info.manifest)
    folder = await stagingFolder(exports[0]!.path)
    const range = planRange(film, ready.info.manifest.latent.rateHz, request)
    const job: Job = { request, media, film, ready, range, folder, watch, meter, signal }
    const encoded = await encode(job)
    const seen = await watch.time('encode', () => offset.place(encoded))
    const made: MadeTake[] = []
    for (const [index, take] of takes.entries()) {
      made.push(await makeTake(job, seen, take, exports[index]!, { index, count: takes.length }))
    }
    await watch.time('mux', () =>
      putInPlace(
        made.flatMap(({ moves }) => moves),
        signal
      )
    )
    meter.finish()
    return resultOf(job, seen, made)
  } finally {
    offset.stop()
    await opened?.engine.dispose()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}

/** What this pack cannot do is refused before the film is looked at, which may take long. */
function checkSettings({ settings }: GenerateRequest, [take]: readonly TakePlan[], manifest: PackManifest): void {
  // Points that are not given are those that the encoder will suggest.
  resolveSettings({ syncPoints: [], ...given(settings), seed: take?.seed ?? 0 }, manifest)
}

/** Beside the output, so that renaming seldom crosses disks; an hour's sound may not fit into the system's own folder. */
const stagingFolder = (output: string): Promise<string> =>
  withErrnoAsFoley(output, () => mkdtemp(join(dirname(resolve(output)), '.foley-')))

async function checkOutputs(
  videoPath: string,
  takes: readonly TakePlan[],
  exports: readonly ExportPlan[]
): Promise<void> {
  const targets = [
    ...exports.map(({ path }) => path),
    ...takes.flatMap(({ stemPath, onsetsPath }) => [stemPath, onsetsPath].filter((path) => path !== undefined))
  ]
  const twice = targets.find((path, index) => targets.indexOf(path) !== index)
  if (twice !== undefined) {
    throw new FoleyError('request.invalid', `${twice} would be written twice.`, 'Give every output its own name.')
  }
  for (const target of targets) await checkOutput(videoPath, target)
}

async function encode({ film, ready, media, watch, meter, signal }: Job): Promise<EncodedFilm> {
  const { engine, info } = ready
  const began = performance.now()
  const timed = <T>(frames: AsyncIterable<T>): AsyncIterable<T> => watch.waitingFor('frames', frames)
  const encoded = await lookAt(
    { film, media, engine, visual: info.manifest.visual, watch: timed },
    {
      ...(signal === undefined ? {} : { signal }),
      onProgress: ({ fraction }) => {
        meter.report('frames', fraction)
        meter.report('encode', fraction)
      }
    }
  )
  watch.add('encode', (performance.now() - began) / 1000 - watch.seconds('frames'))
  return encoded
}

/** The encoder's suggestions serve as points where a mode wants points and the request has none. */
function pointsFor({ settings }: GenerateRequest, suggested: readonly SuggestedSync[]): readonly SyncPoint[] {
  return settings.syncPoints ?? suggested.map((each) => ({ timeSec: each.timeSec, loudnessDb: expectedLevelDb(each) }))
}

async function makeTake(
  job: Job,
  seen: SeenFilm,
  take: TakePlan,
  exportPlan: ExportPlan,
  place: { readonly index: number; readonly count: number }
): Promise<MadeTake> {
  const { watch, meter, folder, signal, request } = job
  const staged = (extension: string): string => join(folder, `take${place.index + 1}${extension}`)
  const [wavPath, filmPath] = [staged('.wav'), staged(exportPlan.container.extension)]
  const { summary, onsets } = await sound(job, seen, take.seed, { wavPath, target: exportPlan.path }, place)
  const warnings = await watch.time('mux', () =>
    exportFilm(
      {
        film: job.film,
        plan: { ...exportPlan, path: filmPath },
        target: exportPlan.path,
        foleyPath: wavPath,
        original: request.original,
        gainDb: request.gainDb,
        onFraction: (fraction) => meter.report('mux', (place.index + fraction) / place.count)
      },
      job.media,
      signal
    )
  )
  const moves: Move[] = [{ staged: filmPath, target: exportPlan.path }]
  await watch.time('mix', async () => {
    if (take.stemPath === undefined) await rm(wavPath, { force: true })
    else moves.push({ staged: wavPath, target: take.stemPath })
    if (take.onsetsPath !== undefined) moves.push(await stageOnsets(staged('.onsets'), take.onsetsPath, onsets))
  })
  for (const phase of ['mix', 'mux'] as const) meter.report(phase, (place.index + 1) / place.count)
  return {
    take: {
      output: exportPlan.path,
      ...(take.stemPath === undefined ? {} : { stem: take.stemPath }),
      seed: take.seed,
      onsets
    },
    summary,
    warnings,
    moves
  }
}

async function stageOnsets(staged: string, target: string, onsets: TakeResult['onsets']): Promise<Move> {
  const move = { staged, target }
  await writeStaged(move, formatOnsets(target, onsets))
  return move
}

/** The settings that the request has; the engine fills in the pack's defaults for the rest. */
function given({
  guidance,
  steps,
  solver,
  material,
  syncMode
}: GenerateRequest['settings']): Partial<GenerationRequest> {
  return {
    ...(guidance === undefined ? {} : { guidance }),
    ...(steps === undefined ? {} : { steps }),
    ...(solver === undefined ? {} : { solver }),
    ...(material === undefined ? {} : { material }),
    ...(syncMode === undefined ? {} : { syncMode })
  }
}

/** Draws the sound of one seed into a WAV of the film's exact length; listens to it on the way. */
async function sound(
  { ready, range, request, film, watch, meter, signal }: Job,
  seen: SeenFilm,
  seed: number,
  file: Pick<Drawing, 'wavPath' | 'target'>,
  place: { readonly index: number; readonly count: number }
): Promise<{ summary: GenerationSummary; onsets: TakeResult['onsets'] }> {
  const detector = new OnsetDetector(SAMPLE_RATE)
  const summary = await drawSound(
    {
      engine: ready.engine,
      request: {
        ...given(request.settings),
        features: seen.features,
        pictureOffsetSec: seen.pictureOffsetSec,
        seed,
        syncPoints: pointsFor(request, seen.suggestedSync),
        fromLatent: range.fromLatent,
        toLatent: range.toLatent
      },
      ...file,
      timeReferenceSamples: timeReferenceSamples(film),
      shape: (write) => new RangeGate(range, write),
      listen: (samples) => detector.push(samples)
    },
    {
      ...(signal === undefined ? {} : { signal }),
      onProgress: ({ phase, fraction }) => meter.report(phase, (place.index + fraction) / place.count)
    }
  )
  watch.add('sample', summary.sampleSec)
  watch.add('decode', summary.decodeSec)
  return { summary, onsets: detector.finish().map(({ timeSec, confidence }) => ({ timeSec, confidence })) }
}

function resultOf({ film, ready, watch }: Job, seen: SeenFilm, made: readonly MadeTake[]): GenerateResult {
  const { take, summary } = made[0]!
  const { manifest, provider, providerReason } = ready.info
  const reason = providerReason === undefined ? [] : [providerReason]
  return {
    ...take,
    durationSec: film.durationSec,
    sampleRate: SAMPLE_RATE,
    guidance: summary.guidance,
    steps: summary.steps,
    solver: summary.solver,
    syncMode: summary.syncMode,
    pictureOffsetSec: seen.pictureOffsetSec,
    pack: `${manifest.id} ${manifest.version}`,
    provider,
    suggestedSync: seen.suggestedSync,
    takes: made.map((each) => each.take),
    warnings: [
      ...new Set([...film.warnings, ...seen.warnings, ...reason, ...made.flatMap(({ warnings }) => warnings)])
    ],
    timingsSec: watch.report()
  }
}
