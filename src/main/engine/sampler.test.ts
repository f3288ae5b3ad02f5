import { describe, expect, it } from 'vitest'
import { SOLVERS, type Solver } from '@shared/pack'
import { sampleFlow, timeSchedule, type SampleOptions } from './sampler'

/** dx/dt = (cos 3t - x) x: no closed form needed, the reference is a very fine midpoint solution. */
const curved = (latents: Float32Array, time: number): Promise<Float32Array> =>
  Promise.resolve(latents.map((x) => (Math.cos(3 * time) - x) * x))

/** dx/dt = -2 t x, whose solution is x0 exp(-t²). */
const decay = (latents: Float32Array, time: number): Promise<Float32Array> =>
  Promise.resolve(latents.map((x) => -2 * time * x))

const sample = (options: Partial<SampleOptions>): Promise<Float32Array> =>
  sampleFlow({
    noise: Float32Array.of(1, -0.5, 2, 0.25),
    channels: 2,
    steps: 8,
    solver: 'euler',
    velocity: decay,
    ...options
  })

async function error(solver: Solver, steps: number, shift = 1): Promise<number> {
  const end = await sample({ solver, steps, shift })
  return Math.abs(end[0]! - Math.exp(-1))
}

describe('sampleFlow', () => {
  it.each([
    ['euler', 1],
    ['midpoint', 2],
    ['heun', 2]
  ] as const)('%s converges with order %d', async (solver, order) => {
    const measured = Math.log2((await error(solver, 16)) / (await error(solver, 32)))
    expect(measured).toBeGreaterThan(order - 0.15)
    expect(measured).toBeLessThan(order + 0.15)
  })

  it('agrees between solvers on a curved, non-linear flow, and with a shifted schedule', async () => {
    const reference = await sample({ velocity: curved, solver: 'midpoint', steps: 500 })
    for (const solver of SOLVERS) {
      const end = await sample({ velocity: curved, solver, steps: 400, shift: 3 })
      end.forEach((value, index) => expect(value).toBeCloseTo(reference[index]!, 2))
    }
  })

  it('reaches the data exactly in one step when the flow is straight', async () => {
    const noise = Float32Array.of(1, 2, 3, 4)
    const data = Float32Array.of(-1, 0, 0.5, 8)
    const straight = (): Promise<Float32Array> => Promise.resolve(data.map((x, index) => x - noise[index]!))
    for (const solver of SOLVERS) expect(await sample({ noise, velocity: straight, solver, steps: 1 })).toEqual(data)
  })

  it.each(SOLVERS)('%s holds known tokens on the straight path and ends on them to the last bit', async (solver) => {
    const noise = Float32Array.of(1, 2, 3, 4, 5, 6)
    const latents = Float32Array.of(0.1, 0.2, 0, 0, 0.7, -0.3)
    const seen: (readonly [number, Float32Array])[] = []
    const end = await sample({
      noise,
      solver,
      steps: 3,
      known: { latents, mask: Uint8Array.of(1, 0, 1) },
      velocity: (x, time) => {
        seen.push([time, x.slice()])
        return Promise.resolve(x.map(() => 100))
      }
    })
    for (const index of [0, 1, 4, 5]) {
      expect(end[index]).toBe(latents[index])
      for (const [time, x] of seen) expect(x[index]).toBeCloseTo((1 - time) * noise[index]! + time * latents[index]!, 5)
    }
    expect(end[2]).toBeCloseTo(3 + 100, 3)
  })

  it('asks a model that takes long steps for the step, and for instants where the solver makes two of one', async () => {
    const asked = async (solver: Solver): Promise<number[][]> => {
      const seen: number[][] = []
      await sample({
        solver,
        steps: 2,
        velocity: (x, ...instants) => {
          seen.push(instants)
          return Promise.resolve(x)
        }
      })
      return seen
    }
    expect(await asked('euler')).toEqual([
      [0, 0.5],
      [0.5, 1]
    ])
    expect(await asked('midpoint')).toEqual([
      [0, 0],
      [0.25, 0.25],
      [0.5, 0.5],
      [0.75, 0.75]
    ])
    expect(await asked('heun')).toEqual([
      [0, 0],
      [0.5, 0.5],
      [0.5, 0.5],
      [1, 1]
    ])
  })

  it('does not change the noise it was given', async () => {
    const noise = Float32Array.of(1, 2)
    await sample({ noise })
    expect(noise).toEqual(Float32Array.of(1, 2))
  })

  it('stops between evaluations with the reason of the signal, and reports each step', async () => {
    const controller = new AbortController()
    let evaluations = 0
    const steps: number[] = []
    const run = sample({
      solver: 'midpoint',
      signal: controller.signal,
      onStep: (done) => steps.push(done),
      velocity: (x, time) => {
        evaluations += 1
        if (evaluations === 3) controller.abort()
        return decay(x, time)
      }
    })
    await expect(run).rejects.toMatchObject({ name: 'AbortError' })
    expect(evaluations).toBe(3)
    expect(steps).toEqual([1])
  })

  it('lets other work of the process in between two evaluations', async () => {
    let heard = 0
    const timer = setInterval(() => (heard += 1), 1)
    const blocking = (x: Float32Array, time: number): Promise<Float32Array> => {
      const until = performance.now() + 3
      while (performance.now() < until);
      return decay(x, time)
    }
    await sample({ steps: 20, velocity: blocking })
    clearInterval(timer)
    expect(heard).toBeGreaterThan(5)
  })
})

describe('timeSchedule', () => {
  it('is uniform by default; a shift spends more steps near the noise and keeps both ends', () => {
    expect([...timeSchedule(4)]).toEqual([0, 0.25, 0.5, 0.75, 1])
    const shifted = timeSchedule(4, 3)
    expect(shifted[0]).toBe(0)
    expect(shifted[4]).toBe(1)
    expect(shifted[2]).toBeCloseTo(0.25)
  })
})
