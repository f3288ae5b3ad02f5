/** The document of the timeline's tests: one track with one region and one take, two sync points, a marked range. */
import type { ProjectDocument } from '@shared/project'
import { makeDocument, makeRegion, makeTake } from '../../test/document'

export function testDocument(change: Partial<ProjectDocument> = {}): ProjectDocument {
  const take = makeTake('take1', 0.25, 1.75, [20_000 / 48_000, 48_500 / 48_000])
  const region = makeRegion(take, { id: 'r1', fromSample: 24_000, toSample: 72_000 })
  return makeDocument({
    tracks: [{ id: 't1', name: 'Stick', hue: 0, gainDb: 0, muted: false, solo: false, regions: [region] }],
    takes: { take1: take },
    syncMarks: [
      { kind: 'pinned', id: 's1', sample: 48_000, loudnessDb: null },
      { kind: 'suggested', id: 's2', sample: 96_000, probability: 0.5, loudnessDb: -20 }
    ],
    range: { inSample: 10_000, outSample: 20_000, loop: false },
    ...change
  })
}
