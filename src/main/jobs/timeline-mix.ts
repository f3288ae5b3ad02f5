/** Renders the document's timeline to samples: second by second, in constant memory. */
import { dbToGain, fadeGain, isAudible, panGains } from '@shared/audible'
import { FoleyError } from '@shared/errors'
import type { ProjectDocument, Region, Take, Track } from '@shared/project'
import { SAMPLE_RATE } from '@shared/time'
import { WavSlices } from '../media/wav-slice'
import { takePath } from './known-context'

const BLOCK_SAMPLES = SAMPLE_RATE

/** A region as it sounds in a mix. */
interface Voice {
  readonly region: Region
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
  return document.tracks.filter((track) => isAudible(document, track) && track.regions.some(({ muted }) => !muted))
}

function voicesOf(document: ProjectDocument, part: MixPart): Voice[] {
  const tracks =
    part.kind === 'timeline' ? audibleTracks(document) : document.tracks.filter(({ id }) => id === part.trackId)
  const regions = tracks.flatMap((track) =>
    track.regions
      .filter(({ id, muted }) => (part.kind === 'region' ? id === part.regionId : !muted))
      .map((region) => ({ region, gain: dbToGain(track.gainDb) * dbToGain(region.gainDb) }))
  )
  return regions.map(({ region, gain }) => {
    const take = document.takes[region.takeId]
    if (take) return { region, gain, take }
    throw new FoleyError(
      'request.invalid',
      `A region plays the take ${region.takeId}, which the project does not have.`,
      'Choose another take for it, or regenerate it.'
    )
  })
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
  const voices = voicesOf(document, part)
  const files = new TakeFiles(takesFolder)
  const block = new Float32Array(2 * BLOCK_SAMPLES)
  try {
    for (let from = fromSample; from < toSample; from += BLOCK_SAMPLES) {
      signal?.throwIfAborted()
      const to = Math.min(from + BLOCK_SAMPLES, toSample)
      const sounding = voices.filter(({ region }) => region.fromSample < to && region.toSample > from)
      const mixed = block.subarray(0, 2 * (to - from)).fill(0)
      for (const voice of sounding) await addVoice(mixed, from, to, voice, files)
      await files.keepOnly(new Set(sounding.map(({ take }) => take.id)))
      yield mixed
      onFraction?.((to - fromSample) / (toSample - fromSample))
    }
  } finally {
    await files.keepOnly(new Set())
  }
}

async function addVoice(mixed: Float32Array, from: number, to: number, voice: Voice, files: TakeFiles): Promise<void> {
  const { region, take, gain } = voice
  const first = Math.max(from, region.fromSample, take.fromSample)
  const last = Math.min(to, region.toSample, take.toSample)
  if (first >= last) return
  const samples = await (await files.open(take.id)).read(first - take.fromSample, last - first)
  const [left, right] = panGains(region.pan)
  for (let i = 0; i < samples.length; i += 1) {
    const level = samples[i]! * gain * fadeGain(region, first + i)
    const at = 2 * (first + i - from)
    mixed[at]! += level * left
    mixed[at + 1]! += level * right
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
