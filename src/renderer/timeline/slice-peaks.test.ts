import { describe, expect, it } from 'vitest'
import { fadeGain } from '@shared/audible'
import type { PeakPyramid } from '@shared/ipc'
import type { Region } from '@shared/project'
import { columnGrid, originalRun, trackRuns } from './compose-columns'
import { slicePeaks } from './slice-peaks'
import { testDocument } from './test-document'
import type { Viewport } from './viewport'

/** Peak n of the finest level (64 samples) is [-n, n] / 1000; each coarser level covers four. */
function ramp(peaks: number): PeakPyramid {
  const levels = [0, 1, 2].map((level) => {
    const size = 4 ** level
    const pairs = Array.from({ length: Math.ceil(peaks / size) }, (_, index) => {
      const loudest = Math.min(peaks - 1, index * size + size - 1) / 1000
      return [-loudest, loudest]
    })
    return Float32Array.from(pairs.flat())
  })
  return { samplesPerPeak: [64, 256, 1024], levels }
}

const tops = (pairs: Float32Array): number[] => [...pairs].filter((_, index) => index % 2 === 1)

describe('peaks of a view', () => {
  it('gives the largest of each column at every level', () => {
    const pyramid = ramp(640)
    for (const perColumn of [64, 128, 256, 512, 1024, 4096]) {
      const columns = (640 * 64) / perColumn
      const wanted = Array.from({ length: columns }, (_, column) => ((column + 1) * (perColumn / 64) - 1) / 1000)
      expect(tops(slicePeaks(pyramid, 0, 640 * 64, columns))).toEqual(wanted.map(Math.fround))
    }
  })

  it('repeats a peak that is wider than a column, and is silent outside the sound', () => {
    expect(tops(slicePeaks(ramp(3), -64, 256, 10))).toEqual(
      [0, 0, 0, 0, 1, 1, 2, 2, 0, 0].map((n) => Math.fround(n / 1000))
    )
  })

  it('costs what the columns cost, not what the film does', () => {
    const level = new Float32Array(2 * 64)
    const reads = { count: 0 }
    const finest = new Proxy(new Float32Array(0), {
      get: () => {
        reads.count += 1
        return 0
      }
    })
    slicePeaks({ samplesPerPeak: [64, 4096], levels: [finest, level] }, 0, 64 * 4096, 64)
    expect(reads.count).toBe(0)
  })
})

describe('columns of a lane', () => {
  const document = testDocument()
  const region = document.tracks[0]!.regions[0]!
  const view: Viewport = { durationSamples: 480_000, widthPx: 1000, pxPerSec: 100, fromSample: 0 }
  const loud: PeakPyramid = {
    samplesPerPeak: [64],
    levels: [new Float32Array(2 * 1125).map((_, n) => (n % 2 ? 0.5 : -0.5))]
  }

  const drawn = (each: Region) => ({ regions: [each], sounding: new Set([each]) })

  it('stand on a grid that scrolling does not move', () => {
    const before = columnGrid(view)
    const after = columnGrid({ ...view, fromSample: 480 * 3 + 120 })
    expect(after.samplesPerColumn).toBe(before.samplesPerColumn)
    expect([after.firstColumn, after.offsetPx]).toEqual([3, -0.25])
    expect(after.columns).toBe(1001)
  })

  it('cover the region only, and take its gain and fades', () => {
    const faded = { ...region, gainDb: -6.0206, fadeInSamples: 24_000 }
    const [run] = trackRuns(document, drawn(faded), view, () => loud)
    expect(run?.firstColumn).toBe(50)
    expect(run?.pairs.length).toBe(200)
    expect(run?.pairs[1]).toBeCloseTo(0.25 * 0.01, 3)
    expect(run?.pairs[199]).toBeCloseTo(0.25, 3)
  })

  it('pale where the region does not sound', () => {
    expect(trackRuns(document, drawn(region), view, () => loud)[0]?.isMuted).toBe(false)
    const silent = { regions: [region], sounding: new Set<Region>() }
    expect(trackRuns(document, silent, view, () => loud)[0]?.isMuted).toBe(true)
  })

  it('wait for peaks that are not there, and leave out regions out of view', () => {
    expect(trackRuns(document, drawn(region), view, () => undefined)).toEqual([])
    expect(trackRuns(document, drawn(region), { ...view, fromSample: 100_000 }, () => loud)).toEqual([])
  })

  it('end with the film', () => {
    expect(originalRun(loud, { ...view, pxPerSec: 50 }, 0).pairs.length).toBe(500 * 2)
  })

  it('fade linearly from nothing to all', () => {
    const shape = { ...region, fadeInSamples: 1000, fadeOutSamples: 2000 }
    expect([24_000, 24_500, 26_000, 71_000, 72_000].map((at) => fadeGain(shape, at))).toEqual([0, 0.5, 1, 0.5, 0])
  })
})
