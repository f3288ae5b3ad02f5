import { produce } from 'immer'
import { describe, expect, it } from 'vitest'
import { projectSchema, type ProjectDocument } from '@shared/project'
import { at, counter, makeDocument, makeTake, SETTINGS } from '../../test/document'
import { placedAttacks } from './attacks'
import { askForHit, prepareMove, silenceHit } from './onsets'
import { placeTakes } from './regions'
import { addSyncMark } from './sync-marks'

const newId = counter()
const document = produce(makeDocument(), (draft) => {
  const takes = [makeTake('a', 0, 10, [1, 2.04, 6])]
  placeTakes(draft, { trackId: 't', fromSample: 0, toSample: at(10), takes, settings: SETTINGS }, newId)
})
const place = { trackId: 't', regionId: document.tracks[0]!.regions[0]!.id }
const points = ({ syncMarks }: ProjectDocument): [string, number][] =>
  syncMarks.map(({ kind, sample }) => [kind, sample / 48_000])
const layout = ({ tracks }: ProjectDocument): [number, number, boolean][] =>
  tracks[0]!.regions.map(({ fromSample, toSample, muted }) => [fromSample / 48_000, toSample / 48_000, muted])
const edited = (recipe: (draft: ProjectDocument) => void, from = document): ProjectDocument => {
  const next = produce(from, recipe)
  expect(projectSchema.parse(next)).toEqual(next)
  return next
}

describe('asking for a hit', () => {
  it('pins a point exactly where the hit is, and takes the one beside it for it', () => {
    expect(points(edited((draft) => void askForHit(draft, at(2.04), at(2.04), newId)))).toEqual([['pinned', 2.04]])
    const beside = edited((draft) => void addSyncMark(draft, at(2.01), newId))
    expect(points(edited((draft) => void askForHit(draft, at(2.04), at(2.04), newId), beside))).toEqual([
      ['pinned', 2.04]
    ])
  })

  it('moves the point that the hit belongs to, and leaves the others', () => {
    const two = edited((draft) => [2.01, 6].forEach((sec) => addSyncMark(draft, at(sec), newId)))
    expect(points(edited((draft) => void askForHit(draft, at(2.04), at(3), newId), two))).toEqual([
      ['pinned', 3],
      ['pinned', 6]
    ])
  })

  it('marks what has to be drawn again, inside the region, and lets it follow points', () => {
    const prepared = edited((draft) => prepareMove(draft, place, at(2), at(1.5)))
    expect(prepared.range).toMatchObject({ inSample: at(1.25), outSample: at(2.5) })
    expect(prepared.tracks[0]!.regions[0]!.settings.syncMode).toBe('hints')
    const atStart = edited((draft) => prepareMove(draft, place, at(0.1), at(0.2)))
    expect(atStart.range).toMatchObject({ inSample: 0, outSample: at(0.7) })
  })
})

describe('silencing a hit', () => {
  it('mutes its part of the region and no other hit, with soft edges', () => {
    const silenced = edited((draft) => silenceHit(draft, place, at(2.04), newId))
    expect(layout(silenced)).toEqual([
      [0, 2.03, false],
      [2.03, 2.54, true],
      [2.54, 10, false]
    ])
    expect(
      silenced.tracks[0]!.regions.map(({ fadeInSamples, fadeOutSamples }) => [fadeInSamples, fadeOutSamples])
    ).toEqual([
      [0, 240],
      [0, 0],
      [240, 0]
    ])
    expect(placedAttacks(silenced).map(({ sample }) => sample)).toEqual([at(1), at(6)])
  })

  it('ends at the next hit', () => {
    const close = produce(document, (draft) => void (draft.takes['a']!.attacks[1]!.sample = at(1.2)))
    const silenced = edited((draft) => silenceHit(draft, place, at(1), newId), close)
    expect(layout(silenced)[1]).toEqual([0.99, 1.19, true])
    expect(placedAttacks(silenced).map(({ sample }) => sample)).toEqual([at(1.2), at(6)])
  })

  it('leaves no sliver at the region\u2019s edges', () => {
    const atEdge = produce(document, (draft) => void (draft.takes['a']!.attacks[0]!.sample = 100))
    expect(layout(edited((draft) => silenceHit(draft, place, 100, newId), atEdge))).toEqual([
      [0, expect.closeTo(0.502, 3), true],
      [expect.closeTo(0.502, 3), 10, false]
    ])
  })
})
