/** Renders the document's timeline to samples: second by second, in constant memory. */
import { dbToGain, isAudible, panGains, soundingRegions } from '@shared/audible'
import { shape, voicesOfTrack, type TakePart, type Voice } from '@shared/edges'
import { FoleyError } from '@shared/errors'
import type { ProjectDocument, Take, Track } from '@shared/project'
import { SAMPLE_RATE } from '@shared/time'
import { WavSlices } from '../media/wav-slice'
import { takePath } from './known-context'

const BLOCK_SAMPLES = SAMPLE_RATE

/** A part of a region, or of what lets it in, as it sounds in a mix. */
interface MixedPart extends TakePart {
  readonly voice: Voice
  readonly take: Take
  readonly gain: number
}

/** Which part of the document is heard. */
export type MixPart =
  /** All that is audible: mute and solo count. */
  | { readonly kind: 'timeline' }
  /** One track, whether or not it is muted. */
  | { readonly kind: 'track'; readonly trackId: string }
  | { readonly kind: 'region'; readonly trackId: string; readonly regionId: string }

export interface MixRequest {
  readonly document: ProjectDocument
  readonly takesFolder: string
  readonly part: MixPart
  /** Left out: the whole film. */
  readonly fromSample?: number
  readonly toSample?: number
  readonly signal?: AbortSignal | undefined
  readonly onFraction?: (fraction: number) => void
}

/** Tracks of which something sounds in the whole. */
export function audibleTracks(document: ProjectDocument): Track[] {
  return document.tracks.filter((track) => isAudible(document, track) && soundingRegions(track).length > 0)
}

function partsOf(document: ProjectDocument, part: MixPart): MixedPart[] {
  const tracks =
    part.kind === 'timeline' ? audibleTracks(document) : document.tracks.filter(({ id }) => id === part.trackId)
  return tracks.flatMap((track) => {
    const heard = new Set(soundingRegions(track))
    return voicesOfTrack(track, document.takes)
      .filter(({ region }) => (part.kind === 'region' ? region.id === part.regionId : heard.has(region)))
      .flatMap((voice) => {
        const gain = dbToGain(track.gainDb) * dbToGain(voice.region.gainDb)
        return voice.parts.map((each) => ({ ...each, voice, gain, take: takeOf(document, each.takeId) }))
      })
  })
}

function takeOf({ takes }: ProjectDocument, takeId: string): Take {
  const take = takes[takeId]
  if (take) return take
  throw new FoleyError(
    'request.invalid',
    `A region plays the take ${takeId}, which the project does not have.`,
    'Choose another take for it, or regenerate it.'
  )
}

/**
 * Interleaved stereo [2 n], at most a second a block, from `fromSample` to `toSample` of the film without a gap. Where a
 * sum is over full scale it stays so: these are floats. A block is only good until the next is asked for.
 *
 * @throws FoleyError `input.unreadable` and `input.not-media` for a take whose sound is missing
 */
export async function* mixBlocks(request: MixRequest): AsyncGenerator<Float32Array, void, undefined> {
  const { document, takesFolder, part, signal, onFraction } = request
  const { fromSample = 0, toSample = document.media.durationSamples } = request
  const parts = partsOf(document, part)
  const files = new TakeFiles(takesFolder)
  const block = new Float32Array(2 * BLOCK_SAMPLES)
  try {
    for (let from = fromSample; from < toSample; from += BLOCK_SAMPLES) {
      signal?.throwIfAborted()
      const to = Math.min(from + BLOCK_SAMPLES, toSample)
      const sounding = parts.filter((each) => each.fromSample < to && each.toSample > from)
      const mixed = block.subarray(0, 2 * (to - from)).fill(0)
      for (const each of sounding) await addPart(mixed, from, to, each, files)
      await files.keepOnly(new Set(sounding.map(({ take }) => take.id)))
      yield mixed
      onFraction?.((to - fromSample) / (toSample - fromSample))
    }
  } finally {
    await files.keepOnly(new Set())
  }
}

async function addPart(
  mixed: Float32Array,
  from: number,
  to: number,
  part: MixedPart,
  files: TakeFiles
): Promise<void> {
  const { voice, take, gain } = part
  const first = Math.max(from, part.fromSample, take.fromSample)
  const last = Math.min(to, part.toSample, take.toSample)
  if (first >= last) return
  const samples = await (await files.open(take.id)).read(first - take.fromSample, last - first)
  shape(samples, voice, first, gain)
  const [left, right] = panGains(voice.region.pan)
  for (let i = 0; i < samples.length; i += 1) {
    const at = 2 * (first + i - from)
    mixed[at]! += samples[i]! * left
    mixed[at + 1]! += samples[i]! * right
  }
}

/** The takes that sound in the current block, open. */
class TakeFiles {
  readonly #folder: string
  readonly #open = new Map<string, WavSlices>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async open(takeId: string): Promise<WavSlices> {
    const found = this.#open.get(takeId)
    if (found) return found
    const opened = await WavSlices.open(takePath(this.#folder, takeId, 'wav'))
    this.#open.set(takeId, opened)
    return opened
  }

  async keepOnly(takeIds: ReadonlySet<string>): Promise<void> {
    for (const [takeId, file] of [...this.#open]) {
      if (takeIds.has(takeId)) continue
      this.#open.delete(takeId)
      await file.close()
    }
  }
}
