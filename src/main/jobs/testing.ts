/** For tests only: a document, takes on disk, and jobs on a real engine process. */
import { mkdir } from 'node:fs/promises'
import type { Events, GenerateJob } from '@shared/ipc'
import type { ProjectDocument, Region, RegionSettings, Take, Track } from '@shared/project'
import { DEFAULT_SETTINGS } from '@shared/settings'
import { SAMPLE_RATE, secondsToSamples } from '@shared/time'
import { makeDocument, makeRegion, makeTake, SETTINGS as EDITED } from '../../test/document'
import { forkNode } from '../engine/fork-node'
import { FIXTURE_PACK } from '../engine/testing'
import type { MediaInfo } from '../media/media-info'
import { timeReferenceSamples } from '../media/time-reference'
import { findTools } from '../media/tools'
import { WavWriter } from '../media/wav'
import type { StudioPorts } from '../studio/ports'
import { createJobs, type Jobs } from './index'
import { takePath } from './known-context'

export const SETTINGS: RegionSettings = { ...EDITED, steps: 2, seed: 5 }

export function documentOf(film: MediaInfo, change: Partial<ProjectDocument> = {}): ProjectDocument {
  const video = film.video!
  const document = makeDocument({ tracks: [], settings: SETTINGS })
  const media = {
    ...document.media,
    path: film.path,
    durationSamples: secondsToSamples(film.durationSec),
    rate: video.avgRate,
    width: video.width,
    height: video.height,
    codec: video.codec,
    dropFrame: video.dropFrame,
    audioChannels: film.audio[0]?.channels ?? 0
  }
  return { ...document, media, ...change }
}

export function takeOf(id: string, fromSample: number, toSample: number, change: Partial<Take> = {}): Take {
  const pack = { id: 'fixture', version: '0', hash: '' }
  return { ...makeTake(id, 0, 1), name: id, fromSample, toSample, settings: SETTINGS, pack, ...change }
}

export const regionOf = makeRegion

export function trackOf(id: string, regions: Region[], change: Partial<Track> = {}): Track {
  return { id, name: id, hue: 0, gainDb: 0, muted: false, solo: false, regions, ...change }
}

/** A take on disk whose samples are given by their place in the film. */
export async function writeTake(
  folder: string,
  take: Take,
  film: MediaInfo,
  sampleAt: (sample: number) => number
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const writer = await WavWriter.create(takePath(folder, take.id, 'wav'), {
    sampleRate: SAMPLE_RATE,
    channels: 1,
    timeReferenceSamples: timeReferenceSamples(film) + take.fromSample
  })
  await writer.write(
    Float32Array.from({ length: take.toSample - take.fromSample }, (_, i) => sampleAt(take.fromSample + i))
  )
  await writer.close()
}

export type Told = { [Name in keyof Events]: { readonly name: Name; readonly event: Events[Name] } }[keyof Events]

export interface Bench {
  readonly jobs: Jobs
  readonly told: Told[]
  readonly logged: string[]
  readonly pids: number[]
  film: MediaInfo
  filmKey: string
  packPath: string
}

/** Jobs on the built engine process `entry`, with what they tell the window. */
export function benchOf(entry: string, film: MediaInfo, folder: string): Bench {
  const told: Told[] = []
  const logged: string[] = []
  const pids: number[] = []
  const fork = forkNode(entry)
  const tools = findTools()
  const refused = (): Promise<null> => Promise.resolve(null)
  const send = <Name extends keyof Events>(name: Name, event: Events[Name]): void => {
    if (name === 'job' || name === 'engine') told.push({ name, event } as Told)
  }
  const ports: StudioPorts = {
    version: '0',
    platform: 'linux',
    userDataFolder: folder,
    packsFolder: folder,
    samplesFolder: folder,
    licences: '',
    takeOpenPath: () => null,
    forkEngine: () => {
      const child = fork()
      if (child.pid !== undefined) pids.push(child.pid)
      return child
    },
    dialogs: {
      ...{ open: refused, save: refused, chooseFolder: refused },
      confirmClose: () => Promise.resolve('discard'),
      confirmStop: () => Promise.resolve('stop'),
      confirmReplace: () => Promise.resolve(false)
    },
    send,
    showInFolder: () => undefined,
    startDrag: () => undefined,
    log: (_level, message) => void logged.push(message)
  }
  const bench = { told, logged, pids, film, filmKey: film.path, packPath: FIXTURE_PACK }
  const jobs = createJobs({
    ports,
    media: () => tools,
    packPath: () => bench.packPath,
    settings: () => ({ ...DEFAULT_SETTINGS, provider: 'cpu', threads: 1 }),
    film: () => bench.film,
    filmKey: () => bench.filmKey,
    takesFolder: () => `${folder}/takes`,
    readyTakesFolder: () => Promise.resolve()
  })
  return Object.assign(bench, { jobs })
}

let jobNumber = 0
export function generateJob(
  range: { readonly fromSample: number; readonly toSample: number },
  change: Partial<GenerateJob> = {}
): GenerateJob {
  jobNumber += 1
  const { fromSample, toSample } = range
  return {
    ...{ jobId: `job${jobNumber}`, fromSample, toSample, seeds: [5] },
    ...{ settings: SETTINGS, syncPoints: [], pictureOffsetSamples: 0, context: [], firstNumber: 1, ...change }
  }
}
