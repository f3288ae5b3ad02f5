/** For tests only: a store, and a film on disk for it. */
import { access, copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { MissingMedia } from '@shared/ipc'
import type { ProjectDocument } from '@shared/project'
import * as clips from '../../test/clips'
import { findTools } from '../media/tools'
import { FALLBACK_DEFAULTS } from './document'
import type { Prepared } from './opening'
import { ProjectStore } from './store'
import { testIds, testRegion, testTake, withRegions, writeTake } from './testing'

export interface Bench {
  readonly folder: string
  readonly userData: string
  readonly film: string
  readonly store: ProjectStore
}

export const storeIn = (userDataFolder: string): ProjectStore =>
  new ProjectStore({
    userDataFolder,
    media: findTools,
    packDefaults: () => Promise.resolve(FALLBACK_DEFAULTS),
    newId: () => `${testIds.newId()}-${Math.random().toString(36).slice(2)}`,
    newSeed: () => 7
  })

export async function bench(): Promise<Bench> {
  const folder = clips.scratch('bench')
  const film = join(folder, 'films', 'Straße.mp4')
  await mkdir(join(folder, 'films'), { recursive: true })
  await copyFile(await clips.plainFilm(), film)
  return { folder, userData: join(folder, 'data'), film, store: storeIn(join(folder, 'data')) }
}

export function ready(prepared: Prepared | MissingMedia): Prepared {
  if ('missing' in prepared) throw new Error(`missing ${prepared.missing.path}`)
  return prepared
}

export async function entered({ store }: Bench, path: string): Promise<Prepared> {
  const prepared = ready(await store.prepare(path))
  await store.close(prepared)
  store.enter(prepared)
  return prepared
}

/** A film with one take on its track, as after "Generate". */
export async function generated(each: Bench, takeId = 't1'): Promise<ProjectDocument> {
  const { document } = await entered(each, each.film)
  return addTake(each, document, takeId)
}

export async function addTake({ store }: Bench, document: ProjectDocument, takeId: string): Promise<ProjectDocument> {
  await writeTake(store.current.takesFolders[0], takeId, 1000)
  await store.adopt([testTake(takeId)])
  return withRegions(document, [testTake(takeId)], [testRegion([takeId])])
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false
  )
