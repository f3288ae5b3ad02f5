import { produce } from 'immer'
import { describe, expect, it } from 'vitest'
import { fadeGain } from '@shared/audible'
import { voiceGain, voicesOfTrack } from '@shared/edges'
import { projectSchema, type ProjectDocument } from '@shared/project'
import { at, counter, makeDocument, makeTake, SETTINGS } from '../../test/document'
import {
  changeRegion,
  chooseTake,
  dropUnusedTakes,
  placeTakes,
  removeTake,
  splitRegion,
  trimLimits,
  trimRegion
} from './regions'

const newId = counter()

function place(document: ProjectDocument, fromSec: number, toSec: number, ...ids: string[]): ProjectDocument {
  const takes = ids.map((id) => makeTake(id, fromSec, toSec))
  return produce(document, (draft) => {
    placeTakes(draft, { trackId: 't', fromSample: at(fromSec), toSample: at(toSec), takes, settings: SETTINGS }, newId)
  })
}

/** [from, to, take] in seconds. */
const layout = (document: ProjectDocument): [number, number, string][] =>
  document.tracks[0]!.regions.map(({ fromSample, toSample, takeId }) => [
    fromSample / 48_000,
    toSample / 48_000,
    takeId
  ])

describe('placeTakes', () => {
  it('cuts its range out of the region around it and leaves both sides as they were', () => {
    const document = place(place(makeDocument(), 0, 10, 'whole'), 4, 6, 'new')
    expect(layout(document)).toEqual([
      [0, 4, 'whole'],
      [4, 6, 'new'],
      [6, 10, 'whole']
    ])
    expect(projectSchema.parse(document)).toEqual(document)
  })

  it('adds takes to a region of the same range and makes the first one heard', () => {
    const document = place(place(makeDocument(), 2, 4, 'a'), 2, 4, 'b', 'c')
    expect(layout(document)).toEqual([[2, 4, 'b']])
    expect(document.tracks[0]!.regions[0]!.takeIds).toEqual(['a', 'b', 'c'])
  })

  it('keeps what the editor changed while they were drawn, but for a free seed', () => {
    const first = place(makeDocument(), 2, 4, 'a')
    const where = { trackId: 't', regionId: first.tracks[0]!.regions[0]!.id }
    const after = (seedLocked: boolean) => {
      const changed = produce(first, (draft) =>
        changeRegion(draft, where, { settings: { ...SETTINGS, guidance: 9, seed: 1, seedLocked } })
      )
      return place(changed, 2, 4, 'b').tracks[0]!.regions[0]!.settings
    }
    expect(after(false)).toMatchObject({ guidance: 9, seed: SETTINGS.seed })
    expect(after(true)).toMatchObject({ guidance: 9, seed: 1 })
  })

  it('trims neighbours, swallows what lies inside, and drops slivers', () => {
    let document = place(place(makeDocument(), 0, 2, 'a'), 2, 4, 'b')
    document = place(document, 4, 4.005, 'sliver')
    expect(layout(place(document, 1, 4.001, 'new'))).toEqual([
      [0, 1, 'a'],
      [1, 4.001, 'new']
    ])
  })

  it('keeps gain and pan of what it replaces', () => {
    const first = place(makeDocument(), 0, 10, 'whole')
    const quiet = produce(first, (draft) => {
      const regionId = draft.tracks[0]!.regions[0]!.id
      changeRegion(draft, { trackId: 't', regionId }, { gainDb: -6, pan: 0.5 })
    })
    expect(place(quiet, 4, 6, 'new').tracks[0]!.regions[1]).toMatchObject({ gainDb: -6, pan: 0.5 })
  })
})

describe('placeTakes over several regions', () => {
  const drawnOver = (gains: readonly [number, number]): number => {
    const two = produce(place(place(makeDocument(), 0, 2, 'a'), 2, 4, 'b'), (draft) => {
      for (const [index, { id }] of draft.tracks[0]!.regions.entries()) {
        changeRegion(draft, { trackId: 't', regionId: id }, { gainDb: gains[index]!, pan: 0.5 })
      }
    })
    const [drawn] = place(two, 0, 3, 'new').tracks[0]!.regions
    expect(drawn).toMatchObject({ takeId: 'new', pan: 0.5 })
    return drawn!.gainDb
  }

  it('keeps the gain that they all have', () => {
    expect(drawnOver([-6, -6])).toBe(-6)
    expect(drawnOver([-6, -3])).toBe(0)
  })
})

describe('one region', () => {
  const document = place(place(makeDocument(), 1, 5, 'a', 'b'), 6, 8, 'c')
  const regionId = document.tracks[0]!.regions[0]!.id
  const where = { trackId: 't', regionId }
  const edited = (recipe: (draft: ProjectDocument) => void): ProjectDocument => produce(document, recipe)

  it('splits into two that play on as one', () => {
    const split = edited((draft) => void splitRegion(draft, where, at(3), newId))
    expect(layout(split).slice(0, 2)).toEqual([
      [1, 3, 'a'],
      [3, 5, 'a']
    ])
    expect(edited((draft) => void splitRegion(draft, where, at(1.001), newId))).toBe(document)
  })

  it('is trimmed within its takes and its neighbours, never to nothing', () => {
    expect(trimLimits(document, where)).toEqual({ fromSample: at(1), toSample: at(5) })
    expect(layout(edited((draft) => trimRegion(draft, where, { fromSample: 0, toSample: at(9) })))[0]).toEqual([
      1,
      5,
      'a'
    ])
    expect(layout(edited((draft) => trimRegion(draft, where, { toSample: 0 })))[0]).toEqual([1, 1.01, 'a'])
  })

  it('never lets fades overlap', () => {
    const faded = edited((draft) => changeRegion(draft, where, { fadeInSamples: at(3), fadeOutSamples: at(3) }))
    expect(faded.tracks[0]!.regions[0]).toMatchObject({ fadeInSamples: at(3), fadeOutSamples: at(1) })
    const cut = produce(faded, (draft) => trimRegion(draft, where, { toSample: at(2) }))
    expect(cut.tracks[0]!.regions[0]).toMatchObject({ fadeInSamples: at(1), fadeOutSamples: 0 })
  })

  it('is drawn out again as far as the take that plays reaches, whatever the others cover', () => {
    const shorter = produce(place(makeDocument(), 0, 10, 'long'), (draft) => {
      const long = { trackId: 't', regionId: draft.tracks[0]!.regions[0]!.id }
      trimRegion(draft, long, { fromSample: at(3), toSample: at(5) })
      const takes = [makeTake('short', 3, 5)]
      placeTakes(draft, { trackId: 't', fromSample: at(3), toSample: at(5), takes, settings: SETTINGS }, newId)
    })
    const long = { trackId: 't', regionId: shorter.tracks[0]!.regions[0]!.id }
    expect(trimLimits(shorter, long)).toEqual({ fromSample: at(3), toSample: at(5) })
    const wide = produce(shorter, (draft) => {
      chooseTake(draft, long, 'long')
      trimRegion(draft, long, { fromSample: 0, toSample: at(8) })
    })
    expect(layout(wide)).toEqual([[0, 8, 'long']])
    // Going through the takes and back changes nothing; the edge that is taken hold of goes to where there is sound.
    const silent = produce(wide, (draft) => chooseTake(draft, long, 'short'))
    expect(layout(silent)).toEqual([[0, 8, 'short']])
    expect(produce(silent, (draft) => chooseTake(draft, long, 'long'))).toEqual(wide)
    expect(layout(produce(silent, (draft) => trimRegion(draft, long, { toSample: at(7) })))).toEqual([[0, 5, 'short']])
  })

  it('changes and loses takes, but keeps one', () => {
    expect(layout(edited((draft) => chooseTake(draft, where, 'b')))[0]).toEqual([1, 5, 'b'])
    expect(() => edited((draft) => chooseTake(draft, where, 'c'))).toThrow(/does not belong/)
    const without = edited((draft) => removeTake(draft, where, 'a'))
    expect(layout(without)[0]).toEqual([1, 5, 'b'])
    expect(produce(without, (draft) => removeTake(draft, where, 'b'))).toBe(without)
    // Until it is cleaned up: undo may bring the take back.
    expect(Object.keys(without.takes)).toEqual(['a', 'b', 'c'])
    expect(Object.keys(produce(without, dropUnusedTakes).takes)).toEqual(['b', 'c'])
  })
})

describe('inside of a fade', () => {
  const faded = produce(place(makeDocument(), 0, 8, 'whole'), (draft) => {
    const where = { trackId: 't', regionId: draft.tracks[0]!.regions[0]!.id }
    changeRegion(draft, where, { fadeInSamples: at(4), fadeOutSamples: at(3) })
  })
  const where = { trackId: 't', regionId: faded.tracks[0]!.regions[0]!.id }
  /** Gain each 10 ms of what plays the take; null where another one does, or none. */
  const gains = (document: ProjectDocument): (number | null)[] => {
    const voices = voicesOfTrack(document.tracks[0]!, document.takes)
    return Array.from({ length: 800 }, (_, index) => {
      const sample = index * 480
      const sounding = voices.find(({ region }) => region.fromSample <= sample && sample < region.toSample)
      return sounding?.region.takeId === 'whole' ? voiceGain(sounding, sample) : null
    })
  }
  const drawn = (fromSec: number, toSec: number): ProjectDocument =>
    produce(faded, (draft) => {
      const takes = [{ ...makeTake('new', fromSec, toSec), joinsBefore: 'whole', joinsAfter: 'whole' }]
      const range = { fromSample: at(fromSec), toSample: at(toSec) }
      placeTakes(draft, { trackId: 't', ...range, takes, settings: SETTINGS }, newId)
    })

  it.each([1, 3.33, 4.5, 6, 7.9])('a split at %s s changes not one sample', (sec) => {
    const split = produce(faded, (draft) => void splitRegion(draft, where, at(sec), newId))
    expect(split.tracks[0]!.regions).toHaveLength(2)
    expect(gains(split)).toEqual(gains(faded))
    const twice = produce(split, (draft) => void splitRegion(draft, where, at(sec / 2), newId))
    expect(gains(twice)).toEqual(gains(faded))
    expect(projectSchema.parse(twice)).toEqual(twice)
  })

  it.each([
    [1, 2],
    [3, 6],
    [6, 7.5]
  ])('what is drawn from %s to %s s changes nothing outside, and is as loud as what it joins', (from, to) => {
    const document = drawn(from, to)
    const inside = (index: number): boolean => index * 480 >= at(from) && index * 480 < at(to)
    expect(gains(document)).toEqual(gains(faded).map((gain, index) => (inside(index) ? null : gain)))
    const [before, part, after] = document.tracks[0]!.regions
    expect(fadeGain(part!, at(from))).toBe(fadeGain(before!, at(from)))
    expect(fadeGain(part!, at(to))).toBe(fadeGain(after!, at(to)))
  })

  it('a fade that is set anew begins at the edge', () => {
    const split = produce(faded, (draft) => void splitRegion(draft, where, at(2), newId))
    const second = { trackId: 't', regionId: split.tracks[0]!.regions[1]!.id }
    expect(split.tracks[0]!.regions[1]).toMatchObject({ fadeInSamples: at(4), fadeInCutSamples: at(2) })
    const again = produce(split, (draft) => changeRegion(draft, second, { fadeInSamples: at(1) }))
    expect(again.tracks[0]!.regions[1]).toMatchObject({ fadeInSamples: at(1), fadeInCutSamples: 0 })
    // Its level has nothing to do with its fades.
    const quieter = produce(split, (draft) => changeRegion(draft, where, { gainDb: -6 }))
    expect(quieter.tracks[0]!.regions[0]).toMatchObject({ fadeInSamples: at(4), fadeInCutSamples: 0 })
  })
})

it('keeps, when it is cleaned up, a take that lets another one in', () => {
  const takes = [{ ...makeTake('later', 4, 6), joinsBefore: 'gone' }]
  const document = produce(place(place(makeDocument(), 0, 4, 'before'), 6, 8, 'gone'), (draft) => {
    placeTakes(draft, { trackId: 't', fromSample: at(4), toSample: at(6), takes, settings: SETTINGS }, newId)
    draft.takes['gone'] = makeTake('gone', 0, 4)
    draft.tracks[0]!.regions.pop()
  })
  expect(Object.keys(produce(document, dropUnusedTakes).takes)).toEqual(['before', 'gone', 'later'])
})
