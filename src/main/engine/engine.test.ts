import type { PackManifest } from '@shared/pack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Engine } from './engine'
import { generate, type Model } from './generate'
import { gaussianNoise } from './noise'
import { verifyPack } from './pack'
import { Sessions } from './sessions'
import { float32, type Feeds } from './tensors'
import { collect, FIXTURE_PACK, inventedFilm, largestDifference, sameBytes, type Collected } from './testing'
import type { GenerationRequest } from './types'

const SAMPLES = 960
const C = 128
/** Kernels may differ in the last bits between lengths of input; the fixture's sound is about 0.02 high. */
const ROUNDING = 1e-6

function request(seconds: number, change: Partial<GenerationRequest> = {}): GenerationRequest {
  const { features } = inventedFilm(seconds)
  return { features, seed: 5, steps: 2, fromLatent: 0, toLatent: seconds * 50, ...change }
}

describe('Engine.load', () => {
  it('says what runs, and why nothing faster does', async () => {
    const elsewhere =
      process.platform === 'win32' ? { platform: 'linux', arch: 'x64' } : { platform: 'win32', arch: 'x64' }
    const engine = await Engine.load({ packPath: FIXTURE_PACK, provider: 'auto', threads: 1 }, { machine: elsewhere })
    expect(engine.info.provider).toBe('cpu')
    expect(engine.info.providerReason).toMatch(/did not start, so the CPU does the work/)
    expect(engine.info.manifest.id).toBe('fixture')
    await engine.dispose()
  })

  it('refuses a provider that was asked for and is not here', async () => {
    const provider = process.platform === 'darwin' ? 'dml' : 'coreml'
    await expect(Engine.load({ packPath: FIXTURE_PACK, provider })).rejects.toMatchObject({ code: 'engine.provider' })
  })

  it('stops when aborted', async () => {
    const aborted = Engine.load({ packPath: FIXTURE_PACK, provider: 'cpu' }, { signal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('Engine.generate', () => {
  let engine: Engine
  let sessions: Sessions
  let model: Model
  let calls: { readonly graph: string; readonly feeds: Feeds }[] = []
  const run = (changed: GenerationRequest): Promise<Collected> => collect(engine.generate(changed))
  /** The same, with every call of a graph written down. */
  const record = async (changed: GenerationRequest, manifest: PackManifest = model.manifest): Promise<Collected> => {
    calls = []
    const spy: Model = {
      manifest,
      run: (graph, feeds) => {
        calls.push({ graph, feeds })
        return model.run(graph, feeds)
      }
    }
    return collect(generate(spy, changed))
  }
  const velocities = (): Feeds[] => calls.filter(({ graph }) => graph === 'velocity').map(({ feeds }) => feeds)

  beforeAll(async () => {
    engine = await Engine.load({ packPath: FIXTURE_PACK, provider: 'cpu', threads: 1 })
    const pack = await verifyPack(FIXTURE_PACK)
    sessions = new Sessions(pack, { provider: 'cpu', threads: 1 })
    model = { manifest: pack.manifest, run: (graph, feeds) => sessions.run(graph, feeds) }
  })
  afterAll(async () => {
    await engine.dispose()
    await sessions.dispose()
  })

  it('gives the same bytes for the same seed, and another take for another', async () => {
    const [a, b, c] = [await run(request(3)), await run(request(3)), await run(request(3, { seed: 6 }))]
    expect(a.waveform).toHaveLength(3 * 48_000)
    expect(sameBytes(b.waveform, a.waveform)).toBe(true)
    expect(sameBytes(b.latents, a.latents)).toBe(true)
    expect(largestDifference(c.waveform, a.waveform)).toBeGreaterThan(1e-3)
  })

  it('begins with the noise of the place in the film', async () => {
    await record(request(20, { fromLatent: 700, toLatent: 750, guidance: 1 }))
    expect(velocities()[0]!.latents!.data).toEqual(gaussianNoise(5, 700, 50, C))
  })

  it('runs both branches in one batch, one branch where the scale is 1, and the conditioner once', async () => {
    await record(request(2))
    expect(calls.map(({ graph }) => graph)).toEqual(['conditioner', 'velocity', 'velocity', 'decoder'])
    expect(velocities()[0]!.latents!.dims).toEqual([2, 100, C])
    await record(request(2, { guidance: 1 }))
    expect(velocities()[0]!.latents!.dims).toEqual([1, 100, C])
  })

  it('tells a pack with guidance in it the scale and where each step ends, and runs one branch of it', async () => {
    await record(request(2, { guidance: 6 }), { ...model.manifest, guidance: 'embedded' })
    expect(velocities().map(({ latents }) => latents!.dims)).toEqual([
      [1, 100, C],
      [1, 100, C]
    ])
    expect(velocities().map(({ guidance, time, until }) => [guidance, time, until].map((fed) => fed!.data[0]))).toEqual(
      [
        [6, 0, 0.5],
        [6, 0.5, 1]
      ]
    )
  })

  it('follows the guidance scale and the other settings, and says which were in force', async () => {
    const plain = await run(request(2))
    for (const change of [{ guidance: 1 }, { steps: 3 }, { solver: 'heun' as const }, { material: 'metal' }]) {
      expect(largestDifference((await run(request(2, change))).latents, plain.latents)).toBeGreaterThan(1e-3)
    }
    expect(plain.summary).toMatchObject({ guidance: 4, steps: 2, solver: 'euler', syncMode: 'off', windows: 1 })
    expect(plain.summary.sampleSec).toBeGreaterThan(0)
    expect(plain.summary.decodeSec).toBeGreaterThan(0)
  })

  it('keeps guided latents within the bounds of the pack, and takes its steps', async () => {
    const { manifest } = model
    const [low, high] = [Array<number>(C).fill(-0.5), Array<number>(C).fill(0.25)]
    const bounded: PackManifest = {
      ...manifest,
      latent: { ...manifest.latent, bounds: { low, high } },
      defaults: { ...manifest.defaults, timeShift: 3 }
    }
    const { latents } = await record(request(2), bounded)
    expect(Math.min(...latents)).toBeCloseTo(-0.5, 5)
    expect(Math.max(...latents)).toBeCloseTo(0.25, 5)
    expect(velocities().map(({ time }) => time!.data[0])).toEqual([0, 0.25])
    const free = await record(request(2, { guidance: 1 }), bounded)
    expect(Math.max(...free.latents)).toBeGreaterThan(0.5)
  })

  it('draws a long film in windows that hold the end of the one before, to the last bit', async () => {
    const take = await record(request(23))
    expect(take.summary.windows).toBe(3)
    expect(take.latents).toHaveLength(23 * 50 * C)
    const starts = [0, 350, 700]
    expect(velocities()).toHaveLength(3 * 2)
    starts.forEach((start, window) => {
      const { known, known_mask: mask } = velocities()[2 * window]!
      const count = window === 0 ? 0 : 100
      const length = mask!.dims[1]!
      expect([...mask!.data.slice(0, length)]).toEqual(Array.from({ length }, (_, token) => (token < count ? 1 : 0)))
      expect(known!.data.slice(0, count * C)).toEqual(take.latents.slice(start * C, (start + count) * C))
    })
  })

  it('decoding in chunks equals decoding whole, and hands out five seconds at a time', async () => {
    const take = await run(request(23))
    const latents = float32(take.latents, 1, 23 * 50, C)
    const { waveform } = await sessions.run('decoder', { latents })
    expect(take.chunks).toEqual([240_000, 240_000, 240_000, 240_000, 144_000])
    expect(largestDifference(take.waveform, waveform!.data)).toBeLessThan(ROUNDING)
  })

  it('redraws a region in the middle of a take: the rest is known context, the join is decoded with it', async () => {
    const take = await run(request(12))
    const known = { fromLatent: 0, latents: take.latents }
    const region = { seed: 9, fromLatent: 200, toLatent: 260, known, decodeMarginLatents: 20 }
    const redrawn = await record(request(12, region))
    expect(redrawn.latents).toHaveLength(60 * C)
    const feeds = velocities()[0]!
    const mask = feeds.known_mask!.data
    const length = feeds.known_mask!.dims[1]!
    // Two seconds of context on each side.
    expect(length).toBe(260)
    expect(
      [...mask.slice(0, length)].map((value, token) => (value === 0 ? 100 + token : -1)).filter((at) => at >= 0)
    ).toEqual(Array.from({ length: 60 }, (_, token) => 200 + token))
    expect(feeds.known!.data.slice(0, 100 * C)).toEqual(take.latents.slice(100 * C, 200 * C))
    expect(redrawn.fromSample).toBe(180 * SAMPLES)
    expect(redrawn.waveform).toHaveLength(100 * SAMPLES)
    // Beyond the decoder's receptive field nothing changes: there is no seam.
    const untouched = (20 - model.manifest.receptiveField.decoderLatents) * SAMPLES
    const before = take.waveform.slice(180 * SAMPLES, 180 * SAMPLES + untouched)
    expect(largestDifference(redrawn.waveform.slice(0, untouched), before)).toBeLessThan(ROUNDING)
    const inside = take.waveform.slice(210 * SAMPLES, 250 * SAMPLES)
    expect(largestDifference(redrawn.waveform.slice(30 * SAMPLES, 70 * SAMPLES), inside)).toBeGreaterThan(5e-4)
  })

  it('continues a take at its end', async () => {
    const take = await run(request(4))
    const known = { fromLatent: 0, latents: take.latents }
    const more = await record(request(8, { fromLatent: 200, toLatent: 400, known }))
    expect(more.fromSample).toBe(200 * SAMPLES)
    expect(more.latents).toHaveLength(200 * C)
    expect(velocities()[0]!.known!.data.slice(0, 100 * C)).toEqual(take.latents.slice(100 * C))
  })

  it('reports progress that never goes back and ends at 1', async () => {
    const fractions: number[] = []
    const parts = engine.generate(request(12), { onProgress: ({ fraction }) => fractions.push(fraction) })
    await collect(parts)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    expect(fractions.length).toBeGreaterThan(6)
  })

  it('stops between two steps when aborted', async () => {
    const controller = new AbortController()
    let steps = 0
    const parts = engine.generate(request(12, { steps: 100 }), {
      signal: controller.signal,
      onProgress: () => {
        steps += 1
        if (steps === 3) controller.abort()
      }
    })
    await expect(collect(parts)).rejects.toMatchObject({ name: 'AbortError' })
    expect(steps).toBe(3)
  })

  it.each<readonly [string, Partial<GenerationRequest>]>([
    ['an empty range', { fromLatent: 100, toLatent: 100 }],
    ['a fraction of a latent', { fromLatent: 0.5 }],
    ['a range beyond the picture', { toLatent: 200 }],
    ['features of another pack', { features: new Float32Array(7) }],
    ['known latents elsewhere', { known: { fromLatent: 130, latents: new Float32Array(10 * C) } }],
    ['known latents of another width', { known: { fromLatent: 0, latents: new Float32Array(100) } }]
  ])('refuses %s', async (_, change) => {
    await expect(run(request(2, change))).rejects.toMatchObject({ code: 'request.range' })
  })

  it('refuses a model that gives no numbers, instead of writing them into a take', async () => {
    const broken: Model = {
      ...model,
      run: async (graph, feeds) => {
        const outputs = await model.run(graph, feeds)
        if (graph === 'velocity') outputs.velocity!.data[7] = Number.NaN
        return outputs
      }
    }
    await expect(collect(generate(broken, request(1)))).rejects.toMatchObject({ code: 'engine.failed' })
  })
})
