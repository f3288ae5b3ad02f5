import { produce } from 'immer'
import { describe, expect, it } from 'vitest'
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
