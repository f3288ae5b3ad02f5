/** From files to events: everything that is heard in one reference and in what was generated for it. */
import { FoleyError } from '@shared/errors'
import { detectAttacks } from './attacks'
import { EMBEDDING_RATE, type Embed } from './embedding'
import type { GaussianFit } from './frechet'
import { type Labels, labelsWithin } from './labels'
import { detectOnsets } from './onsets'
import { resample } from './resample'
import type { ClipEvents, ClipTruth } from './score'
import { durationSec, type MonoSound, planSegments, type ReadMono, type Segment, sliceSound } from './sound'

/** One reference file and the files generated for it, one for each folder, in the order of the folders. */
export interface EvaluationFile {
  readonly name: string
  readonly referencePath: string
  readonly generatedPaths: readonly string[]
}

export interface ListenOptions {
  readonly segmentSec: number
  readonly maxSec: number
  readonly labels?: ReadonlyMap<string, Labels>
  readonly embed?: Embed
  readonly signal?: AbortSignal
}

export interface HeardFile {
  readonly truths: readonly ClipTruth[]
  /** [folder][clip] */
  readonly generated: readonly (readonly ClipEvents[])[]
  readonly droppedSec: number
  readonly warnings: readonly string[]
}

/** Where the embeddings go: of the reference, and of each folder. */
export interface Fits {
  readonly reference: GaussianFit
  readonly generated: readonly GaussianFit[]
}

/** A track whose end differs by more than this from the reference's is worth a warning. */
const LENGTH_SLACK_SEC = 0.5

/**
 * Onsets clip by clip, since librosa scales each clip by itself; attacks over the whole file, so that a tail that rings
 * over a cut is not an attack.
 */
function hearSegments(sound: MonoSound, segments: readonly Segment[]): ClipEvents[] {
  const attacks = detectAttacks(sound.samples, sound.sampleRate)
  return segments.map(({ startSec, lengthSec }) => {
    const part = sliceSound(sound, startSec, lengthSec)
    return {
      onsets: detectOnsets(part.samples, part.sampleRate),
      attacksSec: attacks.map(({ timeSec }) => timeSec - startSec).filter((time) => time >= 0 && time < lengthSec)
    }
  })
}

async function embedSegments(
  sound: MonoSound,
  segments: readonly Segment[],
  embed: Embed | undefined,
  fit: GaussianFit
): Promise<void> {
  if (!embed) return
  for (const { startSec, lengthSec } of segments) {
    const part = sliceSound(sound, startSec, lengthSec)
    for (const row of await embed(resample(part.samples, part.sampleRate, EMBEDDING_RATE))) fit.add(row)
  }
}

/** The generated track over exactly the reference's range: cut, or silence where it has ended. */
function fitLength(sound: MonoSound, lengthSec: number, path: string, warnings: string[]): MonoSound {
  const gap = durationSec(sound) - lengthSec
  if (Math.abs(gap) > LENGTH_SLACK_SEC && gap < 0) {
    warnings.push(`${path} ends ${(-gap).toFixed(2)} s before its reference: the rest counts as silence.`)
  }
  return sliceSound(sound, 0, lengthSec)
}

/** Reads one reference and its tracks, one sound in memory at a time. */
export async function hearFile(
  file: EvaluationFile,
  readMono: ReadMono,
  options: ListenOptions,
  fits: Fits
): Promise<HeardFile> {
  const { segmentSec, maxSec, labels, embed, signal } = options
  const warnings: string[] = []
  const whole = await readMono(file.referencePath, signal)
  warnings.push(...(whole.warnings ?? []))
  const lengthSec = Math.min(durationSec(whole), maxSec)
  if (lengthSec <= 0) {
    throw new FoleyError('input.empty', `${file.referencePath} holds no sound.`, 'Remove it from the reference folder.')
  }
  const { segments, droppedSec } = planSegments(lengthSec, segmentSec)
  const reference = sliceSound(whole, 0, lengthSec)
  await embedSegments(reference, segments, embed, fits.reference)
  const fileLabels = labels?.get(file.name)
  const truths = hearSegments(reference, segments).map((events, i) => {
    const { startSec, lengthSec: clipSec } = segments[i]!
    const within = fileLabels && labelsWithin(fileLabels, startSec, clipSec)
    return { name: file.name, startSec, lengthSec: clipSec, ...events, ...(within ? { labels: within } : {}) }
  })
  const generated: ClipEvents[][] = []
  for (const [folder, path] of file.generatedPaths.entries()) {
    const track = await readMono(path, signal)
    warnings.push(...(track.warnings ?? []))
    const sound = fitLength(track, lengthSec, path, warnings)
    signal?.throwIfAborted()
    generated.push(hearSegments(sound, segments))
    await embedSegments(sound, segments, embed, fits.generated[folder]!)
  }
  return { truths, generated, droppedSec, warnings }
}
