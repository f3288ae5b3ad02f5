import { describe, expect, it } from 'vitest'
import type { ProjectDocument, Region, RegionSettings } from '@shared/project'
import { settingsOwners, targetNote, targetWords } from './words'
import { targetOf } from '../../state/generation'

const settings: RegionSettings = {
  guidance: 4,
  steps: 16,
  solver: 'euler',
  seed: 1,
  seedLocked: false,
  material: null,
  syncMode: 'hints'
}
const region: Region = {
  id: 'r1',
  fromSample: 48_000,
  toSample: 96_000,
  takeIds: ['a'],
  takeId: 'a',
  gainDb: 0,
  pan: 0,
  fadeInSamples: 0,
  fadeOutSamples: 0,
  fadeInCutSamples: 0,
  fadeOutCutSamples: 0,
  muted: false,
  solo: false,
  settings: { ...settings }
}

function film(regions: Region[], range: Partial<ProjectDocument['range']> = {}): ProjectDocument {
  return {
    format: 'foley-project',
    version: 1,
    id: 'p',
    media: {
      path: '/film.mp4',
      bytes: 1,
      partialHash: '0'.repeat(64),
      durationSamples: 480_000,
      rate: { num: 25, den: 1 },
      width: 16,
      height: 9,
      codec: 'h264',
      startFrame: 0,
      dropFrame: false,
      audioChannels: 0
    },
    pictureOffsetSamples: 0,
    original: { gainDb: 0, muted: false, solo: false },
    tracks: [{ id: 't1', name: 'Stick', hue: 0, gainDb: 0, muted: false, solo: false, regions }],
    takes: {},
    syncMarks: [{ kind: 'pinned', id: 's1', sample: 60_000, loudnessDb: null }],
    range: { inSample: null, outSample: null, loop: false, ...range },
    settings,
    exports: { original: 'mix', loudness: 'off', stems: false, csv: false, edl: false }
  }
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
