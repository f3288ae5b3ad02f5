import { describe, expect, it } from 'vitest'
import { projectSchema, type ProjectDocument } from '@shared/project'
import { parseDocument, withFilm, withoutTakes } from './document'
import { testDocument, testRegion, testTake, withRegions } from './testing'

const parsed = (document: unknown): ProjectDocument => parseDocument(JSON.stringify(document), 'a.foley')
const codeOf = (document: unknown): unknown => {
  try {
    parsed(document)
    return 'none'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

describe('newDocument', () => {
  it('is valid and has a track to generate on', () => {
    const document = testDocument()
    expect(projectSchema.parse(document)).toEqual(document)
    expect(document.tracks).toMatchObject([{ name: 'Foley 1', regions: [] }])
    expect(parsed(document)).toEqual(document)
  })
})

describe('parseDocument', () => {
  const takes = [testTake('t1'), testTake('t2', 48_000, 96_000)]
  const regions = [testRegion(['t1']), testRegion(['t2', 't1'], 48_000, 96_000)]

  it('reads what was written, with sync points put in order', () => {
    const mark = (id: string, sample: number) => ({ kind: 'pinned', id, sample, loudnessDb: null }) as const
    const document = { ...withRegions(testDocument(), takes, regions), syncMarks: [mark('b', 9), mark('a', 3)] }
    expect(parsed(document)).toEqual({ ...document, syncMarks: [mark('a', 3), mark('b', 9)] })
  })

  it.each([
    ['words', 'project.invalid', () => parseDocument('not json', 'a.foley')],
    ['another format', 'project.invalid', () => parsed({ format: 'other', version: 1 })],
    ['a newer version', 'project.version', () => parsed({ format: 'foley-project', version: 2, anything: true })],
    ['a key that is not ours', 'project.invalid', () => parsed({ ...testDocument(), extra: 1 })]
  ])('refuses %s', (_name, code, read) => {
    expect(read).toThrow(expect.objectContaining({ code }) as Error)
  })

  it.each([
    ['a take that is not listed', [testTake('t1')], [testRegion(['t1', 't2'])]],
    ['a take named like a property of every object', [testTake('t1')], [testRegion(['constructor'])]],
    ['a take listed under another id', [testTake('t1')], [{ ...testRegion(['t1']), takeId: 't9' }]],
    ['overlapping regions', takes, [testRegion(['t1']), testRegion(['t2'], 47_999, 96_000)]],
    ['regions out of order', takes, [regions[1]!, regions[0]!]],
    ['a region past the end of the film', takes, [testRegion(['t1'], 0, 144_001)]],
    ['an empty region', takes, [testRegion(['t1'], 10, 10)]],
    ['a take whose id is a path', [{ ...testTake('t1'), id: '../t1' }], []]
  ])('refuses %s', (_name, listed, placed) => {
    expect(codeOf(withRegions(testDocument(), listed, placed))).toBe('project.invalid')
  })
})

describe('withoutTakes', () => {
  it('drops the takes and the regions that have none left', () => {
    const takes = [testTake('t1'), testTake('t2')]
    const document = withRegions(testDocument(), takes, [testRegion(['t1']), testRegion(['t1', 't2'], 48_000, 60_000)])
    const kept = withoutTakes(document, (id) => id === 't1')
    expect(kept).toMatchObject({ takes: 1, regions: 1 })
    expect(kept.document.tracks[0]?.regions).toMatchObject([{ takeIds: ['t2'], takeId: 't2' }])
    expect(parsed(kept.document)).toEqual(kept.document)
  })
})

describe('withFilm', () => {
  it('takes the film for what it is, and ends everything with it', () => {
    const regions = [testRegion(['t1']), testRegion(['t1'], 48_000, 60_000), testRegion(['t1'], 60_000, 70_000)]
    const stored = withRegions(testDocument(), [testTake('t1')], regions)
    const point = { kind: 'pinned', loudnessDb: null } as const
    const document = {
      ...stored,
      syncMarks: [40_000, 50_000].map((at) => ({ ...point, id: `p${at}`, sample: at })),
      range: { inSample: 55_000, outSample: 69_000, loop: true }
    }
    const media = { ...document.media, durationSamples: 50_000 }
    const opened = withFilm(document, media)
    expect(opened.media).toBe(media)
    expect(opened.tracks[0]!.regions).toEqual([regions[0], { ...regions[1]!, toSample: 50_000 }])
    expect(opened.syncMarks.map(({ sample }) => sample)).toEqual([40_000])
    expect(opened.range).toEqual({ inSample: null, outSample: null, loop: true })
    expect(parsed(opened)).toEqual(opened)
    expect(withFilm(stored, stored.media)).toEqual(stored)
  })
})
