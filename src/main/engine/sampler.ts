/**
 * The flow-matching sampler: integrates dx/dt = v(x, t) from noise (t = 0) to data (t = 1).
 *
 * Pure but for the velocity it is given: no sessions, no files. Latents are `[N, C]`, row by row.
 */
import { setImmediate } from 'node:timers/promises'
import type { Solver } from '@shared/pack'

/**
 * Evaluates the guided velocity of `latents` `[N, C]` at `time`, or its mean from there to `until`, by a model that was
 * taught to take long steps. The result may be overwritten by the next call.
 */
export type VelocityFunction = (latents: Float32Array, time: number, until: number) => Promise<Float32Array>

export interface KnownLatents {
  /** `[N, C]`; rows whose mask is 0 are not read. */
  readonly latents: Float32Array
  /** `[N]`, 1 = known. */
  readonly mask: Uint8Array
}

export interface SampleOptions {
  /** `[N, C]`; not changed. */
  readonly noise: Float32Array
  readonly channels: number
  readonly steps: number
  readonly solver: Solver
  /** See {@link timeSchedule}; 1 = uniform. */
  readonly shift?: number
  readonly known?: KnownLatents
  readonly velocity: VelocityFunction
  readonly signal?: AbortSignal
  readonly onStep?: (done: number, steps: number) => void
}

/** Velocity evaluations that one step of a solver costs. */
export const EVALUATIONS_PER_STEP = Object.freeze({ euler: 1, midpoint: 2, heun: 2 } satisfies Record<Solver, number>)

/**
 * The `steps + 1` instants from 0 to 1. `shift` > 1 spends more steps near the noise: t' = t / (t + shift (1 - t)), the
 * resolution shift of Esser et al., "Scaling Rectified Flow Transformers" (2024), Eq. 23, in our direction of time.
 */
export function timeSchedule(steps: number, shift = 1): Float64Array {
  return Float64Array.from({ length: steps + 1 }, (_, step) => {
    const time = step / steps
    return time / (time + shift * (1 - time))
  })
}

/** `x + step · v`, `[N, C]`. */
function advance(latents: Float32Array, velocity: Float32Array, step: number): Float32Array {
  return latents.map((value, index) => value + step * velocity[index]!)
}

/**
 * Known tokens go along the straight path, x_t = (1 - t) noise + t known, whatever the model says there
 * (docs/model-pack.md, "Known latents"); at t = 1 that is the known latents to the last bit.
 */
function placeKnown(latents: Float32Array, time: number, options: SampleOptions): Float32Array {
  const { known, noise, channels } = options
  if (!known) return latents
  known.mask.forEach((isKnown, token) => {
    if (isKnown === 0) return
    for (let index = token * channels; index < (token + 1) * channels; index += 1) {
      latents[index] = (1 - time) * noise[index]! + time * known.latents[index]!
    }
  })
  return latents
}

/**
 * One step from `from` to `to`. Midpoint and Heun are the two explicit second-order Runge-Kutta methods of two stages
 * (Hairer, Norsett, Wanner, "Solving Ordinary Differential Equations I", II.1); they find a step's mean velocity
 * themselves, from velocities at instants, where Euler asks for it.
 */
async function step(latents: Float32Array, from: number, to: number, options: SampleOptions): Promise<Float32Array> {
  const evaluate = async (at: Float32Array, time: number, until = time): Promise<Float32Array> => {
    // [Note: cancel between evaluations] session.run() blocks the thread; this is when a message can be heard.
    await setImmediate()
    options.signal?.throwIfAborted()
    return options.velocity(at, time, until)
  }
  const size = to - from
  const first = await evaluate(latents, from, options.solver === 'euler' ? to : from)
  switch (options.solver) {
    case 'euler':
      return placeKnown(advance(latents, first, size), to, options)
    case 'midpoint': {
      const middle = from + size / 2
      const halfway = placeKnown(advance(latents, first, size / 2), middle, options)
      return placeKnown(advance(latents, await evaluate(halfway, middle), size), to, options)
    }
    case 'heun': {
      const slope = first.slice()
      const ahead = placeKnown(advance(latents, slope, size), to, options)
      const second = await evaluate(ahead, to)
      const mean = slope.map((value, index) => (value + second[index]!) / 2)
      return placeKnown(advance(latents, mean, size), to, options)
    }
  }
}

/** Samples latents `[N, C]`. Throws the signal's reason when aborted; `onStep` is called after each step. */
export async function sampleFlow(options: SampleOptions): Promise<Float32Array> {
  const times = timeSchedule(options.steps, options.shift)
  let latents = placeKnown(options.noise.slice(), 0, options)
  for (let index = 0; index < options.steps; index += 1) {
    latents = await step(latents, times[index]!, times[index + 1]!, options)
    options.onStep?.(index + 1, options.steps)
  }
  return latents
}
