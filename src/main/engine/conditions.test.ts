import { beforeAll, describe, expect, it } from 'vitest'
import type { PackManifest } from '@shared/pack'
import { conditionerFeeds, framesOfWindow, resolveSettings } from './conditions'
import { loadManifest } from './pack'
import { FIXTURE_PACK, inventedFilm } from './testing'
import type { GenerationRequest } from './types'

let manifest: PackManifest
let request: GenerationRequest
beforeAll(async () => {
  manifest = (await loadManifest(FIXTURE_PACK)).manifest
  const { features } = inventedFilm(20)
  request = { features, seed: 1, fromLatent: 0, toLatent: 1000 }
})

const refusal = (change: Partial<GenerationRequest>, pack: Partial<PackManifest> = {}): unknown => {
  try {
    return resolveSettings({ ...request, ...change }, { ...manifest, ...pack })
  } catch (error) {
    return error
  }
}

describe('resolveSettings', () => {
  it("fills in the pack's defaults", () => {
    expect(resolveSettings(request, manifest)).toEqual({
      guidance: 4,
      steps: 4,
      solver: 'euler',
      syncMode: 'off',
      syncPoints: [],
      material: 0,
      pictureOffsetSec: 0
    })
  })

  it('counts materials from one: zero is "as seen"', () => {
    expect(resolveSettings({ ...request, material: 'metal' }, manifest).material).toBe(2)
  })

  it('lists the materials that there are; a pack without any says so', () => {
    expect(refusal({ material: 'glass' })).toMatchObject({
      code: 'pack.no-material',
      message: expect.stringContaining('wood, metal') as string
    })
    expect(refusal({ material: 'wood' }, { materials: [] })).toMatchObject({ code: 'pack.no-material' })
  })

  it('refuses a sync mode that the pack has not been taught', () => {
    expect(refusal({ syncMode: 'only', syncPoints: [] }, { syncModes: ['off'] })).toMatchObject({
      code: 'pack.no-sync'
    })
  })

  it('wants points for a mode that uses them, and does not look at them in the mode off', () => {
    expect(refusal({ syncMode: 'hints' })).toMatchObject({ code: 'request.invalid' })
    expect(resolveSettings({ ...request, syncMode: 'off', syncPoints: [{ timeSec: 1 }] }, manifest).syncPoints).toEqual(
      []
    )
  })

  it.each([
    { seed: -1 },
    { seed: 0x1_0000_0000 },
    { seed: 1.5 },
    { steps: 0 },
    { steps: 2.5 },
    { guidance: Number.NaN },
    { guidance: 21 },
    { pictureOffsetSec: 0.6 },
    { syncMode: 'hints' as const, syncPoints: [{ timeSec: -1 }] },
    { syncMode: 'hints' as const, syncPoints: [{ timeSec: 1, loudnessDb: 6 }] }
  ])('refuses out of range: %o', (change) => {
    expect(refusal(change)).toMatchObject({ code: 'request.range' })
  })

  it('knows that a pack without guidance has one branch', () => {
    expect(resolveSettings({ ...request, guidance: 7 }, { ...manifest, guidance: 'none' }).guidance).toBe(1)
  })
})

describe('framesOfWindow', () => {
  it('takes the frames that begin in the window, by the rule of training', () => {
    expect(framesOfWindow({ fromLatent: 0, toLatent: 500 }, manifest)).toEqual([0, 250])
    expect(framesOfWindow({ fromLatent: 401, toLatent: 903 }, manifest)).toEqual([201, 452])
    const slow = { ...manifest, visual: { ...manifest.visual, rateHz: 15 } }
    expect(framesOfWindow({ fromLatent: 50, toLatent: 100 }, slow)).toEqual([15, 30])
  })
})

describe('conditionerFeeds', () => {
  const feeds = (change: Partial<GenerationRequest>, present = [1, 0]): ReturnType<typeof conditionerFeeds> => {
    const changed = { ...request, ...change }
    const window = { fromLatent: 400, toLatent: 900 }
    return conditionerFeeds(changed, resolveSettings(changed, manifest), window, manifest, present)
  }

  it('gives both branches the same rows, told apart by present alone', () => {
    const { features, present, rope_positions: positions } = feeds({})
    expect(features!.dims).toEqual([2, 250, 16])
    expect(features!.data.slice(0, 4000)).toEqual(features!.data.slice(4000))
    expect(features!.data.slice(0, 16)).toEqual(request.features.slice(200 * 16, 201 * 16))
    expect([...present!.data]).toEqual([1, 0])
    expect([...positions!.data.slice(0, 3)]).toEqual([0, 2, 4])
    expect(feeds({}, [1]).features!.dims).toEqual([1, 250, 16])
  })

  it('puts what is seen at the instants of the grid and sync points at t·S from the window, fractions kept', () => {
    const pictureOffsetSec = -0.013
    const points = [{ timeSec: 7.9 }, { timeSec: 8.005, loudnessDb: -6 }, { timeSec: 17.99 }, { timeSec: 18 }]
    const given = feeds({ pictureOffsetSec, syncMode: 'only', syncPoints: points })
    expect(given.rope_positions!.data[0]).toBeCloseTo(1.35, 4)
    expect([...given.sync_positions!.data]).toEqual([0.25, 499.5, 0.25, 499.5].map(Math.fround))
    expect([...given.sync_loudness!.data]).toEqual([-6, -12, -6, -12])
    expect([...given.sync_mask!.data]).toEqual([1, 1, 1, 1])
    expect([...given.sync_mode!.data]).toEqual([2n, 2n])
  })

  it('an offset moves the picture, and which frames are in the window, but no sync point', () => {
    const change = { syncMode: 'only', syncPoints: [{ timeSec: 9 }] } as const
    const [plain, late, early] = [0, 0.1, -0.1].map((pictureOffsetSec) => feeds({ ...change, pictureOffsetSec }))
    const rowsFrom = (frame: number): unknown => request.features.slice(frame * 16, (frame + 250) * 16)
    // 8 s to 18 s: at 25 fps frames 200 to 450, and 100 ms are two and a half frames.
    for (const [given, frame, position] of [
      [plain!, 200, 0],
      [late!, 198, 1],
      [early!, 203, 1]
    ] as const) {
      expect(given.features!.data.slice(0, 4000)).toEqual(rowsFrom(frame))
      expect(given.rope_positions!.data[0]).toBeCloseTo(position, 4)
      expect(given.sync_positions!.data[0]).toBe(50)
    }
  })

  it('leaves out frames before the film, and counts on behind them', () => {
    const index = { ...manifest, positions: { ...manifest.positions, visualRope: 'index' as const } }
    const changed = { ...request, pictureOffsetSec: 0.1 }
    const window = { fromLatent: 0, toLatent: 500 }
    const given = conditionerFeeds(changed, resolveSettings(changed, index), window, index, [1])
    // 100 ms are two and a half frames: frames -2 and -1 are none of the film's.
    expect(given.features!.dims).toEqual([1, 248, 16])
    expect([...given.rope_positions!.data.slice(0, 2)]).toEqual([2, 3])
  })

  it('pads no point to one with mask 0', () => {
    const given = feeds({ material: 'wood' })
    expect(given.sync_mask!.dims).toEqual([2, 1])
    expect([...given.sync_mask!.data]).toEqual([0, 0])
    expect([...given.material!.data]).toEqual([1n, 1n])
    expect([...given.sync_mode!.data]).toEqual([0n, 0n])
  })

  it('finds the rows of a film that was encoded from a later frame on', () => {
    const later = { firstFrame: 100, features: request.features.slice(1600) }
    const [part, whole] = [feeds(later), feeds({})]
    expect(part.features!.data).toEqual(whole.features!.data)
    expect(part.rope_positions!.data).toEqual(whole.rope_positions!.data)
  })

  it('shows the frame on screen to a window in which none begins', () => {
    const settings = resolveSettings(request, manifest)
    const at = (fromLatent: number, toLatent: number): ReturnType<typeof conditionerFeeds> =>
      conditionerFeeds(request, settings, { fromLatent, toLatent }, manifest, [1])
    const between = at(11, 12)
    expect(between.features!.data).toEqual(request.features.slice(5 * 16, 6 * 16))
    expect([...between.rope_positions!.data]).toEqual([-1])
    // The last latent of a film whose last frame was cut short.
    expect(at(1000, 1001).features!.data).toEqual(request.features.slice(499 * 16))
  })
})
