/** Small valid documents for tests, and their parts. */
import type { ProjectDocument, Region, RegionSettings, Take } from '@shared/project'

export const SETTINGS: RegionSettings = {
  guidance: 4,
  steps: 16,
  solver: 'euler',
  seed: 7,
  seedLocked: false,
  material: null,
  syncMode: 'off'
}

/** Seconds to samples, for readable numbers. */
export const at = (seconds: number): number => Math.round(seconds * 48_000)

/** Ids "n1", "n2", ... */
export function counter(prefix = 'n'): () => string {
  let last = 0
  return () => `${prefix}${(last += 1)}`
}

export function makeTake(id: string, fromSec: number, toSec: number, attacksSec: readonly number[] = []): Take {
  return {
    id,
    name: `Take ${id}`,
    fromSample: at(fromSec),
    toSample: at(toSec),
    settings: SETTINGS,
    pack: { id: 'fixture', version: '1', hash: 'h' },
    provider: 'cpu',
    createdAt: '2026-01-01T00:00:00.000Z',
    attacks: attacksSec.map((sec) => ({ sample: at(sec), levelDb: -6 }))
  }
}

/** All of a take. */
export function makeRegion(
  take: Pick<Take, 'id' | 'fromSample' | 'toSample' | 'settings'>,
  change: Partial<Region> = {}
): Region {
  return {
    id: `region-${take.id}`,
    fromSample: take.fromSample,
    toSample: take.toSample,
    takeIds: [take.id],
    takeId: take.id,
    gainDb: 0,
    pan: 0,
    fadeInSamples: 0,
    fadeOutSamples: 0,
    fadeInCutSamples: 0,
    fadeOutCutSamples: 0,
    muted: false,
    solo: false,
    settings: take.settings,
    ...change
  }
}

/** Ten seconds at 25 fps with one empty track "t". */
export function makeDocument(change: Partial<ProjectDocument> = {}): ProjectDocument {
  return {
    format: 'foley-project',
    version: 1,
    id: 'project',
    media: {
      path: '/films/film.mp4',
      bytes: 1000,
      partialHash: '0'.repeat(64),
      durationSamples: at(10),
      rate: { num: 25, den: 1 },
      width: 640,
      height: 360,
      codec: 'h264',
      startFrame: 0,
      dropFrame: false,
      audioChannels: 2
    },
    original: { gainDb: 0, muted: false, solo: false },
    tracks: [{ id: 't', name: 'Foley 1', hue: 0, gainDb: 0, muted: false, solo: false, regions: [] }],
    takes: {},
    syncMarks: [],
    pictureOffsetSamples: 0,
    range: { inSample: null, outSample: null, loop: false },
    settings: SETTINGS,
    exports: { original: 'replace', loudness: 'off', stems: false, csv: false, edl: false },
    ...change
  }
}
