/** For tests only: the studio's window side, with jobs that run no model. */
import { copyFile, mkdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { FoleyError } from '@shared/errors'
import type { EventName, Events, ExportReport, MissingMedia, OpenedProject, ProxyUpdate } from '@shared/ipc'
import * as clips from '../../test/clips'
import type { Jobs, JobsContext } from '../jobs'
import { testTake, writeTake } from '../project/testing'
import { createStudio } from './index'
import type { StudioPorts } from './ports'

export interface Seen {
  readonly events: { readonly name: EventName; readonly event: unknown }[]
  readonly calls: string[]
  readonly shown: string[]
  readonly logged: string[]
  /** What becomes of the next background jobs; those after them work. */
  readonly nextProxy: ('fails' | 'cancelled' | 'waits')[]
  answers: { open: string | null; save: string | null; folder: string | null; replace: boolean }
}

export const proxyUpdates = ({ events }: Seen): ProxyUpdate[] =>
  events.flatMap(({ name, event }) => (name === 'proxy' ? [event as ProxyUpdate] : []))

/** Where a dragged region would be rendered. */
export const DRAGGED_WAV = join('nowhere', 'drag.wav')
const ABORT = new DOMException('cancelled', 'AbortError')

/** Jobs that do not run a model: takes are ramps. */
function fakeJobs(seen: Seen): (context: JobsContext) => Jobs {
  const waiting: (() => void)[] = []
  return (context) => ({
    warmUp: () => void seen.calls.push('warm up'),
    analyse: () => Promise.resolve({ suggestions: [] }),
    generate: async ({ fromSample, toSample, seeds }) => {
      const takes = seeds.map((seed) => testTake(`take-${seed}`, fromSample, toSample))
      for (const take of takes) await writeTake(context.takesFolder(), take.id, toSample - fromSample)
      return { takes }
    },
    exportFilm: ({ path, document }): Promise<ExportReport> => {
      seen.calls.push(`export ${document.media.path} to ${path}`)
      return Promise.resolve({ path, files: [path], warnings: [], loudnessLufs: null, truePeakDbtp: null })
    },
    // The film, and lists beside it where they are asked for.
    exportPaths: ({ document, path }) => [path, ...(document.exports.csv ? [`${path.slice(0, -4)}.csv`] : [])],
    renderWav: () => Promise.resolve([]),
    renderDrag: () => Promise.resolve(DRAGGED_WAV),
    background: (kind, _label, work) => {
      seen.calls.push(kind)
      switch (seen.nextProxy.shift()) {
        case 'fails':
          return Promise.reject(new FoleyError('ffmpeg.failed', 'ffmpeg stumbled.', 'Mend it.'))
        case 'cancelled':
          return Promise.reject(ABORT)
        case 'waits':
          return new Promise((_resolve, reject) => waiting.push(() => reject(ABORT)))
        case undefined:
          return work(new AbortController().signal, () => undefined)
      }
    },
    cancel: (jobId) => void seen.calls.push(`cancel ${jobId}`),
    cancelAll: () => {
      seen.calls.push('cancelAll')
      for (const end of waiting.splice(0)) end()
      return Promise.resolve()
    },
    resetEngine: () => Promise.resolve(void seen.calls.push('reset')),
    dispose: () => Promise.resolve()
  })
}

export async function studioIn(folder = clips.scratch('studio'), userDataFolder = join(folder, 'data')) {
  const answers = { open: null, save: null, folder: null, replace: false }
  const seen: Seen = { events: [], calls: [], shown: [], logged: [], nextProxy: [], answers }
  await mkdir(folder, { recursive: true })
  const ports: StudioPorts = {
    version: '1.2.3',
    platform: 'linux',
    userDataFolder,
    packsFolder: resolve('resources/models'),
    samplesFolder: resolve('samples'),
    licences: 'MIT',
    takeOpenPath: () => null,
    forkEngine: () => {
      throw new Error('no engine here')
    },
    dialogs: {
      open: () => Promise.resolve(seen.answers.open),
      save: (kind, path) => {
        seen.calls.push(`save ${kind} ${path}`)
        return Promise.resolve(seen.answers.save)
      },
      chooseFolder: () => Promise.resolve(seen.answers.folder),
      confirmClose: () => Promise.resolve('discard'),
      confirmStop: () => Promise.resolve('stop'),
      confirmReplace: (paths) => {
        seen.calls.push(`replace ${paths.map((path) => basename(path)).join(', ')}`)
        return Promise.resolve(seen.answers.replace)
      }
    },
    send: <Name extends EventName>(name: Name, event: Events[Name]) => void seen.events.push({ name, event }),
    showInFolder: (path) => void seen.shown.push(path),
    startDrag: (path) => void seen.shown.push(`drag ${path}`),
    log: (level, message) => void seen.logged.push(`${level} ${message}`)
  }
  const service = await createStudio(ports, { createJobs: fakeJobs(seen) })
  const get = (path: string) => service.resolve(new URL(path, 'app://foley/index.html'))
  return { ...service, ask: service.handlers, get, seen, folder, ports }
}

export async function filmIn(folder: string, clip = clips.plainFilm, name = 'film.mp4'): Promise<string> {
  const path = join(folder, name)
  await copyFile(await clip(), path)
  return path
}

export function open(answer: OpenedProject | MissingMedia | null): OpenedProject {
  if (!answer || 'missing' in answer) throw new Error('not opened')
  return answer
}

export const generateJob = (seed: number) => ({
  jobId: 'j',
  fromSample: 1000,
  toSample: 2000,
  seeds: [seed],
  settings: testTake('x').settings,
  syncPoints: [],
  pictureOffsetSamples: 0,
  context: [],
  firstNumber: 1
})
