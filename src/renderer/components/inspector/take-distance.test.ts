import { expect, it } from 'vitest'
import { peaksPath, thumbnailPeaks } from './take-distance'

const pyramid = {
  samplesPerPeak: [10, 40],
  levels: [
    new Float32Array([-0.1, 0.1, -0.2, 0.2, -0.3, 0.3, -0.9, 0.4, 0, 0, 0, 0, 0, 0, 0, 0.5]),
    new Float32Array([-0.9, 0.4, 0, 0.5])
  ]
}

it('shows the loudest of each column, of the region inside the take', () => {
  expect(thumbnailPeaks(pyramid, { fromSample: 0 }, { fromSample: 0, toSample: 80 }, 2)[0]).toBeCloseTo(0.9)
  const [first, second] = thumbnailPeaks(pyramid, { fromSample: 100 }, { fromSample: 120, toSample: 140 }, 2)
  expect(first).toBeCloseTo(0.3)
  expect(second).toBeCloseTo(0.9)
})

it('draws silence as a line, and nothing for nothing', () => {
  expect(peaksPath([0, 0])).toBe('M0 1L0.5 0.960L1.5 0.960L2 1L1.5 1.040L0.5 1.040Z')
  expect(peaksPath([])).toBe('')
})
