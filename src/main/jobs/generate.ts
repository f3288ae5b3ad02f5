/** Draws takes for a range of the film, joined to the sound around it. All of a job's takes appear, or none. */
import { randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { FoleyError } from '@shared/errors'
import type { GenerateJob } from '@shared/ipc'
import type { Take } from '@shared/project'
import type { Phase } from '@shared/progress'
import { SAMPLE_RATE, secondsToSamples } from '@shared/time'
import { AttackDetector } from '../analysis/attacks'
import type { GenerationRequest, ReadyEngine } from '../engine/types'
import { timeReferenceSamples } from '../media/time-reference'
import { coveringLatents, drawSound } from '../pipeline/draw'
import type { FilmAnalysis, FilmToSee } from './analysis'
import { readEdges, readKnown, takePath } from './known-context'
import { LatentsWriter } from './latents-file'
import { TakeSound, type Edge } from './take-sound'
import { makeFolder, withErrnoAsFoley } from '../media/output'

export interface DrawContext {
  readonly target: FilmToSee
  readonly analysis: FilmAnalysis
  readonly ready: ReadyEngine
  readonly takesFolder: string
  readonly signal: AbortSignal
  readonly report: (phase: Phase, fraction: number) => void
}

/** What is the same for every seed of a job. */
interface Drawing {
  readonly job: GenerateJob
  readonly context: DrawContext
  readonly request: Omit<GenerationRequest, 'seed'>
  readonly edges: { readonly left: Edge; readonly right: Edge }
  readonly timeReference: number
}

/** Shares of the bar, where the picture must be looked at first. */
const LOAD_SHARE = 0.05
const ENCODE_SHARE = 0.25

/**
 * @throws FoleyError `request.range`, `output.*`, `engine.*`, `pack.*`, `input.*`; the signal's reason when it is aborted.
 * Whatever is thrown, no file of the job is left.
 */
export async function drawTakes(job: GenerateJob, context: DrawContext): Promise<Take[]> {
  const { takesFolder, signal } = context
  const totalSamples = secondsToSamples(context.target.film.durationSec)
  checkRange(job, totalSamples)
  await makeFolder(takesFolder)
  const drawing = await prepare(job, context, totalSamples)
  const files: string[] = []
  try {
    const takes: Take[] = []
    for (const [index, seed] of job.seeds.entries()) {
      const id = randomUUID()
      files.push(takePath(takesFolder, id, 'wav'), takePath(takesFolder, id, 'latents'))
      takes.push(await drawTake(drawing, { id, seed, index }))
    }
    signal.throwIfAborted()
    for (const path of files) await withErrnoAsFoley(path, () => rename(temporary(path), path))
    signal.throwIfAborted()
    return takes
  } catch (error) {
    for (const path of files.flatMap((each) => [each, temporary(each)])) await rm(path, { force: true })
    throw error
  }
}

const temporary = (path: string): string => `${path}.part`

function checkRange({ fromSample, toSample }: GenerateJob, totalSamples: number): void {
  if (fromSample < toSample && toSample <= totalSamples) return
  throw new FoleyError(
    'request.range',
    `The range is sample ${fromSample} to ${toSample} of a film of ${totalSamples} samples.`,
    'Mark a range inside the film that ends after it begins.'
  )
}

async function prepare(job: GenerateJob, context: DrawContext, totalSamples: number): Promise<Drawing> {
  const { target, analysis, ready, takesFolder, signal, report } = context
  const { manifest, packHash } = ready.info
  const { latent, window, receptiveField, visual } = manifest
  const drawn = coveringLatents(job, latent.rateHz)
  const timeReference = timeReferenceSamples(target.film)
  const overlap = Math.round(window.overlapSec * latent.rateHz)
  const known = await readKnown({
    folder: takesFolder,
    segments: job.context,
    range: job,
    drawn,
    latent: { rateHz: latent.rateHz, channels: latent.channels, packHash },
    hopSamples: SAMPLE_RATE / latent.rateHz,
    limit: Math.max(overlap, 2 * receptiveField.decoderLatents)
  })
  const edges = await readEdges({
    folder: takesFolder,
    segments: job.context,
    range: job,
    totalSamples
  })
  const pictureOffsetSec = job.pictureOffsetSamples / SAMPLE_RATE
  // A window shows the range and the known latents on both sides, no more.
  const seenSec = window.overlapSec + 2 / visual.rateHz + Math.abs(pictureOffsetSec)
  const range = {
    fromSec: job.fromSample / SAMPLE_RATE - seenSec,
    toSec: job.toSample / SAMPLE_RATE + seenSec
  }
  const { firstFrame, features } = await analysis.stretch(target, ready, range, {
    signal,
    onFraction: (fraction) => report('encode', LOAD_SHARE + ENCODE_SHARE * fraction)
  })
  const request = {
    ...settingsOf(job),
    ...{ firstFrame, features, pictureOffsetSec },
    ...drawn,
    ...(known ? { known, decodeMarginLatents: receptiveField.decoderLatents } : {}),
    ...(edges.left.kind === 'join' ? { before: edges.left.old.outside } : {})
  }
  return { job, context, request, edges, timeReference }
}

function settingsOf({
  settings,
  syncPoints
}: GenerateJob): Pick<GenerationRequest, 'guidance' | 'steps' | 'solver' | 'syncMode' | 'syncPoints' | 'material'> {
  const { guidance, steps, solver, syncMode, material } = settings
  return { guidance, steps, solver, syncMode, syncPoints, ...(material === null ? {} : { material }) }
}

interface TakePlace {
  readonly id: string
  readonly seed: number
  readonly index: number
}

async function drawTake(drawing: Drawing, place: TakePlace): Promise<Take> {
  const { job, context } = drawing
  const { info } = context.ready
  const { manifest, packHash, provider } = info
  const attacks = await drawFiles(drawing, place)
  return {
    id: place.id,
    name: `Take ${job.firstNumber + place.index}`,
    fromSample: job.fromSample,
    toSample: job.toSample,
    settings: { ...job.settings, seed: place.seed },
    pack: { id: manifest.id, version: manifest.version, hash: packHash },
    provider,
    createdAt: new Date().toISOString(),
    joinsBefore: joinedTake(drawing.edges.left),
    joinsAfter: joinedTake(drawing.edges.right),
    pictureOffsetSamples: job.pictureOffsetSamples,
    attacks
  }
}

const joinedTake = (edge: Edge): string | null => (edge.kind === 'join' ? edge.takeId : null)

/** Writes the take's two files under their temporary names; listens to it on the way. */
async function drawFiles(drawing: Drawing, { id, seed, index }: TakePlace): Promise<Take['attacks']> {
  const { job, context, request, edges, timeReference } = drawing
  const { takesFolder, signal, ready, report } = context
  const { latent } = ready.info.manifest
  const latents = await LatentsWriter.create(temporary(takePath(takesFolder, id, 'latents')), {
    channels: latent.channels,
    rateHz: latent.rateHz,
    fromLatent: request.fromLatent,
    packHash: ready.info.packHash
  })
  const listener = new AttackListener(job.fromSample, edges.left)
  const began = LOAD_SHARE + ENCODE_SHARE
  const share = (1 - began) / job.seeds.length
  try {
    await drawSound(
      {
        engine: ready.engine,
        request: { ...request, seed },
        wavPath: temporary(takePath(takesFolder, id, 'wav')),
        timeReferenceSamples: timeReference + job.fromSample,
        shape: (write) => new TakeSound({ ...edges, fromSample: job.fromSample, toSample: job.toSample }, write),
        listen: (samples) => listener.push(samples),
        onLatents: (part) => latents.write(part)
      },
      { signal, onProgress: ({ phase, fraction }) => report(phase, began + share * (index + fraction)) }
    )
  } finally {
    await latents.close()
  }
  return listener.finish()
}

/** Attacks of the take; the old sound before it is heard first, so that what rings over the edge is none. */
class AttackListener {
  readonly #detector = new AttackDetector(SAMPLE_RATE)
  readonly #origin: number
  readonly #fromSample: number

  constructor(fromSample: number, left: Edge) {
    const before = left.kind === 'join' ? left.old.outside : new Float32Array(0)
    this.#fromSample = fromSample
    this.#origin = fromSample - before.length
    this.#detector.push(before)
  }

  push(samples: Float32Array): void {
    this.#detector.push(samples)
  }

  finish(): Take['attacks'] {
    return this.#detector
      .finish()
      .map(({ timeSec, levelDb }) => ({ sample: this.#origin + Math.round(timeSec * SAMPLE_RATE), levelDb }))
      .filter(({ sample }) => sample >= this.#fromSample)
  }
}
