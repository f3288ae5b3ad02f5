/** Classifier-free guidance, and what keeps it from overshooting. Pure; latents and velocities are `[N, C]`, row by row. */

export interface GuidanceOptions {
  readonly channels: number
  /** g; 1 is the conditional branch alone. */
  readonly scale: number
  /** How much of the overshoot is taken back, 0 to 1. */
  readonly rescale: number
  /** `[N]`, 1 = known: the sampler puts these tokens where they belong, whatever their velocity. */
  readonly known: Uint8Array
}

/** v = v_u + g (v_c - v_u) of a batch of two whose first half is the conditional branch, into `into` (one branch long). */
function combine(pair: Float32Array, scale: number, into: Float32Array): void {
  const size = into.length
  for (let index = 0; index < size; index += 1) {
    const unconditional = pair[size + index]!
    into[index] = unconditional + scale * (pair[index]! - unconditional)
  }
}

/** Square of the norm of the estimate of the data, x + (1 - t) v, over the tokens that are to be drawn. */
function estimatedEnergy(
  velocity: Float32Array,
  latents: Float32Array,
  time: number,
  options: GuidanceOptions
): number {
  const { channels, known } = options
  let energy = 0
  for (let index = 0; index < latents.length; index += 1) {
    if (known[Math.floor(index / channels)] === 0) energy += (latents[index]! + (1 - time) * velocity[index]!) ** 2
  }
  return energy
}

/**
 * The guided velocity at `latents` and `time` from a batch `pair` of two branches, conditional first. Writes to `into` and
 * returns it.
 *
 * A strong scale overshoots: what the picture makes likely comes out louder than anything the model learned from. So the
 * guided estimate of the data, x + (1 - t) v, is brought back to the norm of the conditional one, or `rescale` of the way
 * (Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed", 2024, section 3.4).
 *
 * [Note: not token by token] That a hit's tokens grow beside those of silence is how guidance decides for the hit.
 */
export function guide(
  pair: Float32Array,
  latents: Float32Array,
  time: number,
  options: GuidanceOptions,
  into: Float32Array
): Float32Array {
  combine(pair, options.scale, into)
  const left = 1 - time
  if (options.rescale === 0 || left <= 0) return into
  const guided = estimatedEnergy(into, latents, time, options)
  const conditional = estimatedEnergy(pair, latents, time, options)
  if (guided <= conditional) return into
  const excess = options.rescale * (1 - Math.sqrt(conditional / guided))
  for (let index = 0; index < into.length; index += 1) {
    into[index]! -= (excess * (latents[index]! + left * into[index]!)) / left
  }
  return into
}
