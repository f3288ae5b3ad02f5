/** A small document for tests: ten seconds at 25 fps, one track with one region and one take, two sync points. */
import { PROJECT_FORMAT, PROJECT_VERSION, type ProjectDocument, type RegionSettings } from '@shared/project'

const settings: RegionSettings = {
  guidance: 4,
  steps: 16,
  solver: 'euler',
  seed: 1,
  seedLocked: false,
  material: null,
  syncMode: 'hints'
}

export function testDocument(change: Partial<ProjectDocument> = {}): ProjectDocument {
  return {
    format: PROJECT_FORMAT,
    version: PROJECT_VERSION,
    id: 'project',
    media: {
      path: 'film.mp4',
      bytes: 1,
      partialHash: '0'.repeat(64),
      durationSamples: 480_000,
      rate: { num: 25, den: 1 },
      width: 640,
      height: 360,
      codec: 'h264',
      startFrame: 0,
      dropFrame: false,
      audioChannels: 2
    },
    original: { gainDb: 0, muted: false, solo: false },
    tracks: [
      {
        id: 't1',
        name: 'Stick',
        hue: 0,
        gainDb: 0,
        muted: false,
        solo: false,
        regions: [
          {
            id: 'r1',
            fromSample: 24_000,
            toSample: 72_000,
            takeIds: ['take1'],
            takeId: 'take1',
            gainDb: 0,
            pan: 0,
            fadeInSamples: 0,
            fadeOutSamples: 0,
            fadeInCutSamples: 0,
            fadeOutCutSamples: 0,
            muted: false,
            solo: false,
            settings
          }
        ]
      }
    ],
    takes: {
      take1: {
        id: 'take1',
        name: 'Take 1',
        fromSample: 12_000,
        toSample: 84_000,
        settings,
        pack: { id: 'pack', version: '1', hash: 'h' },
        provider: 'cpu',
        createdAt: '2025-01-01T00:00:00Z',
        attacks: [
          { sample: 20_000, levelDb: -12 },
          { sample: 48_500, levelDb: -12 }
        ]
      }
    },
    pictureOffsetSamples: 0,
    syncMarks: [
      { kind: 'pinned', id: 's1', sample: 48_000, loudnessDb: null },
      { kind: 'suggested', id: 's2', sample: 96_000, probability: 0.5, loudnessDb: -20 }
    ],
    range: { inSample: 10_000, outSample: 20_000, loop: false },
    settings,
    exports: { original: 'mix', loudness: 'off', stems: false, csv: false, edl: false },
    ...change
  }
}
