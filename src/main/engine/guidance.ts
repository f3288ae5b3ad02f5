/** Classifier-free guidance, and what keeps it from overshooting. Pure; latents and velocities are `[N, C]`, row by row. */

export interface GuidanceOptions {
  readonly channels: number
  /** g; 1 is the conditional branch alone. */
  readonly scale: number
  /** How much of the overshoot is taken back, 0 to 1. */
  readonly rescale: number
  /** What each channel of the data lies between, `[C]` each. */
  readonly bounds?: { readonly low: ArrayLike<number>; readonly high: ArrayLike<number> } | undefined
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

/** Takes `options.rescale` of the overshoot back from a guided `velocity`; `pair` begins with the conditional branch. */
function rescale(
  velocity: Float32Array,
  pair: Float32Array,
  latents: Float32Array,
  time: number,
  options: GuidanceOptions
): void {
  const left = 1 - time
  const guided = estimatedEnergy(velocity, latents, time, options)
  const conditional = estimatedEnergy(pair, latents, time, options)
  if (guided <= conditional) return
  const excess = options.rescale * (1 - Math.sqrt(conditional / guided))
  for (let index = 0; index < velocity.length; index += 1) {
    velocity[index]! -= (excess * (latents[index]! + left * velocity[index]!)) / left
  }
}

/** Turns `velocity` where it would lead out of `bounds`: it leads to the bound instead. */
function keepWithin(
  { low, high }: NonNullable<GuidanceOptions['bounds']>,
  velocity: Float32Array,
  latents: Float32Array,
  time: number
): void {
  const left = 1 - time
  const channels = low.length
  for (let index = 0; index < velocity.length; index += 1) {
    const channel = index % channels
    const estimate = latents[index]! + left * velocity[index]!
    const within = Math.min(Math.max(estimate, low[channel]!), high[channel]!)
    if (within !== estimate) velocity[index] = (within - latents[index]!) / left
  }
}

/**
 * The guided velocity at `latents` and `time` from a batch `pair` of two branches, conditional first. Writes to `into` and
 * returns it.
 *
 * A strong scale overshoots: what the picture makes likely comes out louder than anything the model learned from. So the
 * guided estimate of the data, x + (1 - t) v, is brought back towards the norm of the conditional one, `rescale` of the way
 * (Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed", 2024, section 3.4), and then into `bounds`
 * (static thresholding: Saharia et al., "Photorealistic Text-to-Image Diffusion Models", 2022, section 2.3).
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
  if (time >= 1) return into
  if (options.rescale > 0) rescale(into, pair, latents, time, options)
  if (options.bounds) keepWithin(options.bounds, into, latents, time)
  return into
}
