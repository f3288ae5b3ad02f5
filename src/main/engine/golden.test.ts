/** PyTorch (training/fixture.py) against this application: the same numbers through ONNX Runtime and our positions. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { verifyPack } from './pack'
import { audioPositions, scaledPositions } from './positions'
import { Sessions } from './sessions'
import { float32, int64, type FloatTensor } from './tensors'
import { FIXTURE_GOLDEN, FIXTURE_PACK, largestDifference } from './testing'

const numbers = z.array(z.number())
const goldenSchema = z.object({
  positions: z.array(z.object({ rateHz: z.number(), latentRateHz: z.number(), scaled: numbers })).min(4),
  visualEncoder: z.object({ frames: numbers, features: numbers, impact: numbers, loudness: numbers }),
  conditioner: z.object({
    features: numbers,
    sin_positions: numbers,
    rope_positions: numbers,
    sync_positions: numbers,
    sync_loudness: numbers,
    sync_mask: numbers,
    sync_mode: numbers,
    material: numbers,
    present: numbers,
    context: numbers,
    contextPositions: numbers,
    contextMask: numbers,
    globalCondition: numbers
  }),
  velocity: z.object({ latents: numbers, time: z.number(), knownMask: numbers, velocity: numbers }),
  decoder: z.object({ latents: numbers, samples: z.number(), every37th: numbers })
})

/** `ramp(shape, step)[i] = sin(step * i)`, as in training/fixture.py. */
function ramp(dims: readonly number[], step = 0.37): FloatTensor {
  const size = dims.reduce((product, extent) => product * extent, 1)
  return float32(
    Float32Array.from({ length: size }, (_, index) => Math.sin(step * index)),
    ...dims
  )
}

const row = (values: readonly number[]): FloatTensor => float32(Float32Array.from(values), 1, values.length)

describe('golden vectors', () => {
  let sessions: Sessions
  let golden: z.infer<typeof goldenSchema>
  beforeAll(async () => {
    golden = goldenSchema.parse(JSON.parse(await readFile(FIXTURE_GOLDEN, 'utf8')))
    sessions = new Sessions(await verifyPack(FIXTURE_PACK), { provider: 'cpu', threads: 1 })
  })
  afterAll(() => sessions.dispose())

  it('positions', () => {
    for (const { rateHz, latentRateHz, scaled } of golden.positions) {
      const times = scaled.map((_, frame) => frame / rateHz)
      expect(largestDifference(scaledPositions(times, latentRateHz, 0), scaled)).toBeLessThan(1e-5)
    }
  })

  it('visual encoder', async () => {
    const expected = golden.visualEncoder
    const { data } = ramp(expected.frames)
    const frames = float32(
      data.map((value) => 0.5 + 0.5 * value),
      ...expected.frames
    )
    const { features, impact, loudness } = await sessions.run('visualEncoder', { frames })
    expect(largestDifference(features!.data, expected.features)).toBeLessThan(1e-3)
    expect(largestDifference(impact!.data, expected.impact)).toBeLessThan(1e-3)
    expect(largestDifference(loudness!.data, expected.loudness)).toBeLessThan(2e-2)
  })

  it('conditioner, then velocity on what it gave', async () => {
    const given = golden.conditioner
    const context = await sessions.run('conditioner', {
      features: ramp(given.features),
      sin_positions: row(given.sin_positions),
      rope_positions: row(given.rope_positions),
      sync_positions: row(given.sync_positions),
      sync_loudness: row(given.sync_loudness),
      sync_mask: row(given.sync_mask),
      sync_mode: int64(given.sync_mode, 1),
      material: int64(given.material, 1),
      present: float32(Float32Array.from(given.present), 1)
    })
    expect(largestDifference(context.context!.data, given.context)).toBeLessThan(1e-3)
    expect(largestDifference(context.context_positions!.data, given.contextPositions)).toBeLessThan(1e-5)
    expect(largestDifference(context.context_mask!.data, given.contextMask)).toBe(0)
    expect(largestDifference(context.global_condition!.data, given.globalCondition)).toBeLessThan(1e-3)
    const { latents, time, knownMask, velocity } = golden.velocity
    const outputs = await sessions.run('velocity', {
      ...context,
      latents: ramp(latents),
      time: float32(Float32Array.of(time), 1),
      known: ramp(latents, 0.11),
      known_mask: row(knownMask),
      audio_positions: row([...audioPositions(knownMask.length)])
    })
    expect(largestDifference(outputs.velocity!.data, velocity)).toBeLessThan(2e-3)
  })

  it('decoder', async () => {
    const { latents, samples, every37th } = golden.decoder
    const { waveform } = await sessions.run('decoder', { latents: ramp(latents) })
    expect(waveform!.data).toHaveLength(samples)
    const picked = waveform!.data.filter((_, index) => index % 37 === 0)
    expect(largestDifference(picked, every37th)).toBeLessThan(1e-4)
  })
})
