import { expect, it } from 'vitest'
import { RangeGate } from './gate'
import type { RangePlan } from './plan'

async function gated(range: RangePlan, parts: readonly (readonly [number, Float32Array])[]): Promise<Float32Array> {
  const written: number[] = []
  const gate = new RangeGate(range, (samples) => {
    written.push(...samples)
    return Promise.resolve()
  })
  for (const [from, samples] of parts) await gate.push(from, samples)
  await gate.finish()
  return Float32Array.from(written)
}

const ones = (count: number): Float32Array => new Float32Array(count).fill(1)

it('has the exact length, with silence outside the range and unchanged sound inside', async () => {
  const range = { totalSamples: 100_000, fromSample: 20_000, toSample: 60_000, fromLatent: 20, toLatent: 63 }
  const out = await gated(range, [
    [19_200, ones(20_000)],
    [39_200, ones(21_280)]
  ])
  expect(out).toHaveLength(100_000)
  expect(out.subarray(0, 20_000).every((value) => value === 0)).toBe(true)
  expect(out.subarray(20_144, 59_855).every((value) => value === 1)).toBe(true)
  expect(out.subarray(60_000).every((value) => value === 0)).toBe(true)
  expect(out[20_000]).toBe(0)
  const steps = out.map((value, i) => Math.abs(value - (out[i - 1] ?? 0)))
  expect(Math.max(...steps)).toBeLessThan(0.01)
})

it('leaves the film’s own edges as they were drawn', async () => {
  const range = { totalSamples: 1000, fromSample: 0, toSample: 1000, fromLatent: 0, toLatent: 2 }
  const out = await gated(range, [[0, ones(1920)]])
  expect(out).toEqual(ones(1000))
})
