/** The latents of one generation: what is known of an existing take, and what has been drawn so far. */
import { FoleyError } from '@shared/errors'
import type { PackManifest } from '@shared/pack'
import type { KnownLatents } from './sampler'
import type { GenerationRequest } from './types'
import type { LatentRange } from './windows'

export class LatentCanvas {
  /** The drawn range and the known latents around it, one piece. */
  readonly available: LatentRange
  readonly #channels: number
  readonly #latents: Float32Array
  /** 1 = known or drawn. */
  readonly #done: Uint8Array

  constructor(request: GenerationRequest, channels: number) {
    const { fromLatent, toLatent, known } = request
    this.#channels = channels
    const knownFrom = known?.fromLatent ?? fromLatent
    const knownTo = knownFrom + (known ? known.latents.length / channels : 0)
    this.available = { fromLatent: Math.min(fromLatent, knownFrom), toLatent: Math.max(toLatent, knownTo) }
    const count = this.available.toLatent - this.available.fromLatent
    this.#latents = new Float32Array(count * channels)
    this.#done = new Uint8Array(count)
    if (!known) return
    this.#latents.set(known.latents, (knownFrom - this.available.fromLatent) * channels)
    this.#done.fill(1, knownFrom - this.available.fromLatent, knownTo - this.available.fromLatent)
    this.#done.fill(0, fromLatent - this.available.fromLatent, toLatent - this.available.fromLatent)
  }

  /** Latents `[n, C]` of a range, a copy. */
  read(range: LatentRange): Float32Array {
    return this.#latents.slice(this.#index(range.fromLatent), this.#index(range.toLatent))
  }

  known(range: LatentRange): KnownLatents {
    const origin = this.available.fromLatent
    return { latents: this.read(range), mask: this.#done.slice(range.fromLatent - origin, range.toLatent - origin) }
  }

  /** Puts down the latents of a window that has some to draw; returns the part that was not there, one piece. */
  write(range: LatentRange, latents: Float32Array): LatentRange {
    const origin = this.available.fromLatent
    const { mask } = this.known(range)
    this.#latents.set(latents, this.#index(range.fromLatent))
    this.#done.fill(1, range.fromLatent - origin, range.toLatent - origin)
    return { fromLatent: range.fromLatent + mask.indexOf(0), toLatent: range.fromLatent + mask.lastIndexOf(0) + 1 }
  }

  /** True when every latent of the range is known or drawn. */
  has(range: LatentRange): boolean {
    const origin = this.available.fromLatent
    return !this.#done.subarray(range.fromLatent - origin, range.toLatent - origin).includes(0)
  }

  #index(latent: number): number {
    return (latent - this.available.fromLatent) * this.#channels
  }
}

function refuse(problem: string, action: string): never {
  throw new FoleyError('request.range', problem, action)
}

/** Refuses (`request.range`) a request whose arrays and ranges do not fit each other or the pack. */
export function checkExtents(request: GenerationRequest, { visual, latent }: PackManifest): void {
  const { fromLatent, toLatent, known, features } = request
  if (!Number.isInteger(fromLatent) || !Number.isInteger(toLatent) || fromLatent < 0 || toLatent <= fromLatent) {
    refuse(
      `The range should begin at 0 or later and end after it begins, but is latents ${fromLatent} to ${toLatent}.`,
      'Give a range of at least one latent inside the film.'
    )
  }
  const frames = features.length / visual.featureChannels
  if (!Number.isInteger(frames)) {
    refuse(
      `The features should be whole rows of ${visual.featureChannels}, but are ${features.length} values.`,
      'Give the features of one encoding by this pack.'
    )
  }
  const firstFrame = request.firstFrame ?? 0
  // A film's last frame and its last latent may each be cut short.
  const slackSec = 1 / visual.rateHz + 1 / latent.rateHz
  const seenFromSec = firstFrame / visual.rateHz - slackSec
  const seenToSec = (firstFrame + frames) / visual.rateHz + slackSec
  if (fromLatent / latent.rateHz < seenFromSec || toLatent / latent.rateHz > seenToSec) {
    refuse(
      `The range goes from ${fromLatent / latent.rateHz} s to ${toLatent / latent.rateHz} s, but the picture is known from ` +
        `${firstFrame / visual.rateHz} s to ${(firstFrame + frames) / visual.rateHz} s.`,
      'Encode the whole range first.'
    )
  }
  if (!known) return
  const count = known.latents.length / latent.channels
  if (!Number.isInteger(count) || known.fromLatent > toLatent || known.fromLatent + count < fromLatent) {
    refuse(
      `The known latents should be whole rows of ${latent.channels} that touch the range, but are ${known.latents.length} ` +
        `values from latent ${known.fromLatent} on.`,
      'Give the latents of the take that the range belongs to.'
    )
  }
}
