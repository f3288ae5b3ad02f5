import { describe, expect, it } from 'vitest'
import { SAMPLE_RATE } from '@shared/time'
import { syncDistances } from '../edits/attacks'
import { centredOn, minimapSample, minimapWindow } from './minimap'
import { attackTone, coverage, judgementOf, markLook, markTone } from './sync-look'
import { testDocument } from './test-document'
import { thumbnailSlots } from './thumbnail-slots'
import { fitFilm, type Viewport } from './viewport'
import { thin, touching, within } from './visible'

const view: Viewport = { durationSamples: 3600 * SAMPLE_RATE, widthPx: 1200, pxPerSec: 100, fromSample: 0 }

describe('what is in view', () => {
  const numbers = [1, 3, 5, 7, 9]
  it('is found by its ends', () => {
    expect(within(numbers, 3, 7, (n) => n)).toEqual([3, 5, 7])
    expect(within(numbers, 10, 20, (n) => n)).toEqual([])
  })

  it('holds stretches that only touch', () => {
    const stretches = [
      [0, 4],
      [4, 6],
      [8, 9]
    ].map(([fromSample, toSample]) => ({ fromSample: fromSample!, toSample: toSample! }))
    expect(touching(stretches, 5, 8)).toEqual(stretches.slice(1))
    expect(touching(stretches, 7, 7)).toEqual([])
  })

  it('is thinned to the weightiest of each slot, the same ones wherever the view begins', () => {
    const items = Array.from({ length: 100 }, (_, at) => ({ at, weight: (at * 37) % 100 }))
    const all = thin(
      items,
      10,
      ({ at }) => at,
      ({ weight }) => weight
    )
    const part = thin(
      items.slice(30),
      10,
      ({ at }) => at,
      ({ weight }) => weight
    )
    expect(all.length).toBe(10)
    expect(part).toEqual(all.slice(3))
  })
})

describe('the film strip', () => {
  const thumbnails = { base: '', count: 1800, everySec: 2, width: 160, height: 90 }

  it('has pictures of 3/4 to 3/2 of their width at every zoom, over all that is in view of the film', () => {
    for (let pxPerSec = 0.35; pxPerSec < 1500; pxPerSec *= 1.3) {
      const slots = thumbnailSlots({ ...view, pxPerSec, fromSample: 5e6 }, thumbnails, 45)
      expect(slots[0]!.px).toBeLessThanOrEqual(0)
      const last = slots.at(-1)!
      expect(last.px + last.widthPx).toBeGreaterThan(
        Math.min(1200, ((view.durationSamples - 5e6) / SAMPLE_RATE) * pxPerSec) - 1
      )
      for (const { widthPx, picture } of slots.slice(0, -1)) {
        expect(widthPx).toBeGreaterThanOrEqual(60 - 1e-6)
        expect(widthPx).toBeLessThanOrEqual(120 + 1e-6)
        expect(picture).toBeLessThan(1800)
      }
    }
  })

  it('shows the picture of its time and keeps its keys while scrolling', () => {
    const [first, second] = thumbnailSlots({ ...view, pxPerSec: 45, fromSample: 20 * SAMPLE_RATE }, thumbnails, 45)
    expect([first?.picture, second?.picture]).toEqual([10, 11])
    expect(thumbnailSlots({ ...view, pxPerSec: 45, fromSample: 21 * SAMPLE_RATE }, thumbnails, 45)[0]?.key).toBe(
      first?.key
    )
  })

  it('is empty while there are no pictures', () => {
    expect(thumbnailSlots(view, { ...thumbnails, count: 0 }, 45)).toEqual([])
  })
})

describe('the minimap', () => {
  it('frames all of a fitted film and a window that can be grabbed of a zoomed one', () => {
    expect(minimapWindow(fitFilm(view))).toEqual({ px: 0, widthPx: 1200 })
    const { px, widthPx } = minimapWindow({ ...view, fromSample: view.durationSamples / 2 })
    expect([widthPx, px + widthPx / 2]).toEqual([14, expect.closeTo(602, 0)])
  })

  it('centres the view where it is pressed', () => {
    const from = centredOn(view, minimapSample(view, 600))
    expect((from + 6 * SAMPLE_RATE) / view.durationSamples).toBeCloseTo(0.5)
  })
})

describe('tones', () => {
  it('are green within a frame, red where sound plays and misses, and none where there is no sound', () => {
    expect([markTone(-1, true), markTone(1.01, true), markTone(null, true), markTone(null, false)]).toEqual([
      'ok',
      'off',
      'off',
      'none'
    ])
  })

  it('cover what is heard', () => {
    const document = testDocument()
    expect([30_000, 80_000].map(coverage(document))).toEqual([true, false])
    const muted = testDocument({ tracks: document.tracks.map((track) => ({ ...track, muted: true })) })
    expect(coverage(muted)(30_000)).toBe(false)
  })

  it('of attacks follow the sync points that refer to them', () => {
    const document = testDocument({
      syncMarks: [
        { kind: 'pinned', id: 'a', sample: 48_000, loudnessDb: null },
        { kind: 'pinned', id: 'b', sample: 60_000, loudnessDb: null }
      ]
    })
    const attacks = [30_000, 48_500, 70_000]
    const distances = syncDistances(document, attacks)
    const judgement = judgementOf(document, distances, attacks)
    expect(attacks.map((attack) => attackTone(attack, judgement))).toEqual(['none', 'ok', 'off'])
    expect(markLook(distances[0]!, true)).toMatchObject({ tone: 'ok', opacity: 1 })
    expect(markLook(distances[0]!, true).label).toBe('Pinned, loudness by the model, attack at +0.3 fr')
  })

  it('let a suggestion rise and darken with its probability', () => {
    const mark = { kind: 'suggested', id: 'a', sample: 0, probability: 0.5, loudnessDb: -20 } as const
    const weak = markLook({ mark, frames: null }, false)
    const strong = markLook({ mark: { ...mark, probability: 0.9 }, frames: null }, false)
    expect(strong.height).toBeGreaterThan(weak.height)
    expect(strong.opacity).toBeGreaterThan(weak.opacity)
    expect(weak.label).toBe('Suggested, probability 50 %, no sound yet')
  })
})
