import { describe, expect, it } from 'vitest'
import type { SyncMark, Take } from '@shared/project'
import { at, makeDocument, makeTake } from '../../test/document'
import { bestTake } from './best-take'

const suggested = (sec: number, probability: number): SyncMark => ({
  ...{ kind: 'suggested', id: `s${sec}`, sample: at(sec), probability, loudnessDb: -6 }
})
const pinned = (sec: number): SyncMark => ({ kind: 'pinned', id: `p${sec}`, sample: at(sec), loudnessDb: null })
const take = (id: string, ...attacksSec: number[]): Take => makeTake(id, 0, 10, attacksSec)
const best = (syncMarks: SyncMark[], takes: Take[], fromSec = 0, toSec = 10): string | undefined =>
  bestTake(makeDocument({ syncMarks }), { fromSample: at(fromSec), toSample: at(toSec) }, takes)?.id

describe('bestTake', () => {
  it('meets the most points with the fewest attacks beside', () => {
    const points = [pinned(1), pinned(2), pinned(3)]
    expect(best(points, [take('two', 1, 2), take('three', 1, 2, 3.05)])).toBe('three')
    expect(best(points, [take('busy', 1, 2, 3, 4, 5, 6), take('three', 1.05, 2, 3)])).toBe('three')
    expect(best(points, [take('late', 1.07, 2.07, 3.07), take('one', 2)])).toBe('one')
  })

  it('weighs suggestions by their probability', () => {
    const points = [suggested(1, 0.9), suggested(2, 0.45)]
    expect(best(points, [take('doubtful', 2), take('sure', 1)])).toBe('sure')
    expect(best([...points, pinned(3)], [take('sure', 1), take('pinned', 3)])).toBe('pinned')
  })

  it('looks at the range only', () => {
    const points = [pinned(1), pinned(5)]
    expect(best(points, [take('outside', 1), take('inside', 5, 9)], 4, 8)).toBe('inside')
  })

  it('is the first of equals, without points too', () => {
    expect(best([pinned(1)], [take('a', 1), take('b', 1)])).toBe('a')
    expect(best([], [take('a', 1, 2), take('b', 1)])).toBe('a')
    expect(best([], [])).toBeUndefined()
  })
})
