import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PackManifest } from '@shared/pack'
import { chunkFrames, encodeFrames, normaliseFrames } from './encode'
import { verifyPack } from './pack'
import { Sessions } from './sessions'
import { float32 } from './tensors'
import { FIXTURE_PACK, largestDifference, movingFrames } from './testing'
import type { RgbFrame } from './types'

describe('encodeFrames', () => {
  let manifest: PackManifest
  let sessions: Sessions
  let runs: number[] = []
  const run = (feeds: Parameters<Sessions['run']>[1]): ReturnType<Sessions['run']> => {
    runs.push(feeds.frames!.dims[0]!)
    return sessions.run('visualEncoder', feeds)
  }
  beforeAll(async () => {
    const pack = await verifyPack(FIXTURE_PACK)
    manifest = pack.manifest
    sessions = new Sessions(pack, { provider: 'cpu', threads: 1 })
  })
  afterAll(() => sessions.dispose())

  it('in chunks equals the whole at once: the last short, no frame lost or counted twice', async () => {
    const size = chunkFrames(manifest)
    const count = 2 * size + 30
    runs = []
    const film = await encodeFrames(movingFrames(count), manifest, run)
    const context = manifest.receptiveField.visualFrames
    expect(runs).toEqual([size + context, size + 2 * context, 30 + context])
    const frames: RgbFrame[] = []
    for await (const frame of movingFrames(count)) frames.push(frame)
    // As training sees a clip: nothing beyond its ends but the graph's own padding.
    const whole = await run({ frames: float32(normaliseFrames(frames, manifest.visual), count, 3, 32, 32) })
    expect(largestDifference(film.features, whole.features!.data)).toBeLessThan(1e-4)
  })

  it('gives the same bytes whatever pieces the stream arrives in, and reports to the end', async () => {
    const progress: number[] = []
    const a = await encodeFrames(movingFrames(90), manifest, run, {
      expectedFrames: 80,
      onProgress: ({ fraction }) => progress.push(fraction)
    })
    const b = await encodeFrames(inBursts(movingFrames(90)), manifest, run)
    expect(b.features).toEqual(a.features)
    expect(progress.at(-1)).toBe(1)
    expect(progress).toEqual([...progress].sort((x, y) => x - y))
  })

  it('encodes a film of one frame, and refuses one of none', async () => {
    const film = await encodeFrames(movingFrames(1), manifest, run)
    expect(film.features).toHaveLength(manifest.visual.featureChannels)
    await expect(encodeFrames(movingFrames(0), manifest, run)).rejects.toMatchObject({ code: 'input.empty' })
  })

  it('suggests sync points in order, at least as probable as the manifest wants', async () => {
    const { suggestedSync } = await encodeFrames(movingFrames(200), manifest, run)
    expect(suggestedSync.length).toBeGreaterThan(3)
    const times = suggestedSync.map(({ timeSec }) => timeSec)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    for (const { probability } of suggestedSync) {
      expect(probability).toBeGreaterThanOrEqual(manifest.defaults.suggestThreshold)
    }
  })

  it('refuses a frame of another size', async () => {
    const wrong = encodeFrames(movingFrames(3, 16), manifest, run)
    await expect(wrong).rejects.toMatchObject({ code: 'request.invalid' })
  })

  it('stops when aborted, and ends the stream of frames', async () => {
    const controller = new AbortController()
    let ended = false
    const stream = async function* (): AsyncGenerator<RgbFrame> {
      try {
        let seen = 0
        for await (const frame of movingFrames(1000)) {
          if (seen++ > 25) controller.abort()
          yield frame
        }
      } finally {
        ended = true
      }
    }
    const aborted = encodeFrames(stream(), manifest, run, { signal: controller.signal })
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    expect(ended).toBe(true)
  })
})

describe('normaliseFrames', () => {
  it('turns interleaved bytes into planes of (x / 255 - mean) / std', () => {
    const rgb = Uint8Array.of(0, 51, 255, 102, 0, 0)
    const visual = {
      ...{ width: 2, height: 1, rateHz: 25, fit: 'stretch' as const, featureChannels: 1, impactBins: 0 },
      mean: [0, 0.2, 0.5] as [number, number, number],
      std: [1, 0.5, 0.25] as [number, number, number]
    }
    const planes = normaliseFrames([{ rgb }], visual)
    expect(largestDifference(planes, [0, 0.4, 0, -0.4, 2, -2])).toBeLessThan(1e-6)
  })
})

/** Seven frames at a time, with pauses. */
async function* inBursts(frames: AsyncIterable<RgbFrame>): AsyncGenerator<RgbFrame> {
  let held: RgbFrame[] = []
  for await (const frame of frames) {
    held.push(frame)
    if (held.length < 7) continue
    await new Promise((resolve) => setTimeout(resolve, 1))
    yield* held
    held = []
  }
  yield* held
}
