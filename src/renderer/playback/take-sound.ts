/** Sound of takes, fetched in pieces and kept while they are likely to be heard again. */
import type { TakePart } from '@shared/edges'
import { FoleyError } from '@shared/errors'
import { SAMPLE_RATE } from '@shared/time'

/** About 25 MB of samples. */
const MOST_PIECES = 32

export class TakeSound {
  readonly #context: BaseAudioContext
  readonly #pieces = new Map<string, Promise<AudioBuffer>>()

  constructor(context: BaseAudioContext) {
    this.#context = context
  }

  /** Mono at 48 kHz; silence where the take does not reach. */
  read({ takeId, fromSample, toSample }: TakePart): Promise<AudioBuffer> {
    const url = `takes/${takeId}/pcm?from=${fromSample}&to=${toSample}`
    const kept = this.#pieces.get(url)
    const piece = kept ?? this.#fetch(url, toSample - fromSample)
    // The map is in order of use: what was used last goes to its end.
    this.#pieces.delete(url)
    this.#pieces.set(url, piece)
    piece.catch(() => this.#pieces.delete(url))
    const oldest = this.#pieces.keys().next().value
    if (this.#pieces.size > MOST_PIECES && oldest !== undefined) this.#pieces.delete(oldest)
    return piece
  }

  async #fetch(url: string, samples: number): Promise<AudioBuffer> {
    const response = await fetch(url)
    if (!response.ok) {
      const detail = `${url}: ${response.status}`
      throw new FoleyError(
        'input.unreadable',
        'The sound of a take cannot be read.',
        'Check that the disk with the project’s takes folder is there.',
        { detail }
      )
    }
    const buffer = this.#context.createBuffer(1, samples, SAMPLE_RATE)
    buffer.copyToChannel(new Float32Array(await response.arrayBuffer()), 0)
    return buffer
  }
}
