import { describe, expect, it } from 'vitest'
import type { ProjectDocument, Region } from '@shared/project'
import { makeDocument, makeRegion, makeTake, SETTINGS } from '../../../test/document'
import { settingsOwners, targetNote, targetWords } from './words'
import { targetOf } from '../../state/generation'

const region = makeRegion({ ...makeTake('a', 1, 2), settings: { ...SETTINGS, syncMode: 'hints' } }, { id: 'r1' })

function film(regions: Region[], range: Partial<ProjectDocument['range']> = {}): ProjectDocument {
  return makeDocument({
    tracks: [{ id: 't1', name: 'Stick', hue: 0, gainDb: 0, muted: false, solo: false, regions }],
    syncMarks: [{ kind: 'pinned', id: 's1', sample: 60_000, loudnessDb: null }],
    range: { inSample: null, outSample: null, loop: false, ...range },
    settings: region.settings
  })
}
const wordsOf = (document: ProjectDocument, selection: Parameters<typeof targetOf>[1]) => {
  const target = targetOf(document, selection, document.tracks[0] ?? null)
  if (!target) throw new Error('no target')
  return {
    ...targetWords(document, target),
    owners: settingsOwners(target),
    note: targetNote(document, target)
  }
}

describe('what Generate would do', () => {
  it('fills the whole film with the project’s settings', () => {
    const words = wordsOf(film([]), { kind: 'none' })
    expect(words).toMatchObject({
      verb: 'Generate film',
      title: 'Whole film',
      owners: [],
      note: '1 sync point as hints'
    })
  })

  it('draws the selected region anew, with its own settings', () => {
    const words = wordsOf(film([region]), { kind: 'region', trackId: 't1', regionId: 'r1' })
    expect(words).toMatchObject({ verb: 'Regenerate region', owners: [{ trackId: 't1', regionId: 'r1' }] })
  })

  it('draws a range inside a region with the settings of that region', () => {
    const document = film([region], { inSample: 50_000, outSample: 55_000 })
    const words = wordsOf(document, { kind: 'none' })
    expect(words).toMatchObject({
      verb: 'Regenerate marked range',
      owners: [{ regionId: 'r1' }],
      note: 'No sync points here'
    })
  })

  it('fills an empty marked range', () => {
    const words = wordsOf(film([region], { inSample: 200_000, outSample: 300_000 }), { kind: 'none' })
    expect(words).toMatchObject({ verb: 'Generate marked range', title: 'Marked range', owners: [] })
  })
})
