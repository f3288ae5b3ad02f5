import { describe, expect, it } from 'vitest'
import { testDocument } from './test-document'
import { nearestFrame, snap, snapCandidates, type SnapCandidates } from './snapping'

const rate = { num: 25, den: 1 }
const candidates: SnapCandidates = { lists: [[1000, 50_000], [1300], []], rate, durationSamples: 480_000 }

describe('snapping', () => {
  it('takes the nearest mark of any list within the tolerance', () => {
    const options = { toleranceSamples: 400, frames: 'near' } as const
    expect(snap(1100, candidates, options)).toEqual({ sample: 1000, met: 'mark' })
    expect(snap(1200, candidates, options)).toEqual({ sample: 1300, met: 'mark' })
  })

  it('prefers a mark over a frame boundary that is nearer', () => {
    expect(
      snap(49_920 - 10, { ...candidates, lists: [[50_000]] }, { toleranceSamples: 200, frames: 'always' })
    ).toEqual({
      sample: 50_000,
      met: 'mark'
    })
  })

  it('falls back on a frame boundary near by, or always where that is asked for', () => {
    const options = { toleranceSamples: 100 }
    expect(snap(96_090, candidates, { ...options, frames: 'near' })).toEqual({ sample: 96_000, met: 'frame' })
    expect(snap(96_700, candidates, { ...options, frames: 'near' })).toEqual({ sample: 96_700, met: 'nothing' })
    expect(snap(96_700, candidates, { ...options, frames: 'always' })).toEqual({ sample: 96_000, met: 'frame' })
    expect(snap(97_100, candidates, { ...options, frames: 'always' })).toEqual({ sample: 97_920, met: 'frame' })
  })

  it('never leaves the film', () => {
    expect(nearestFrame(-50, candidates)).toBe(0)
    expect(nearestFrame(480_000, candidates)).toBe(480_000)
    expect(nearestFrame(480_000, { rate, durationSamples: 479_000 })).toBe(478_080)
  })
})

describe('what can be snapped to', () => {
  const document = testDocument()
  const base = { attacks: [7000], playhead: 123 }

  it('is sync points, attacks, edges of regions, the playhead, the ends of the film and the marked range', () => {
    const { lists } = snapCandidates(document, base)
    expect(lists.flat()).toEqual(
      expect.arrayContaining([48_000, 96_000, 7000, 24_000, 72_000, 0, 480_000, 123, 10_000, 20_000])
    )
    for (const list of lists) expect([...list].sort((a, b) => a - b)).toEqual(list)
  })

  it('leaves out what is being dragged', () => {
    const flat = snapCandidates(document, base, { syncId: 's1', regionId: 'r1', range: true }).lists.flat()
    for (const gone of [48_000, 24_000, 72_000, 10_000, 20_000]) expect(flat).not.toContain(gone)
    expect(flat).toContain(96_000)
  })
})
