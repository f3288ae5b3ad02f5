/** Documents and takes for tests. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import type { MediaRef, ProjectDocument, Region, Take } from '@shared/project'
import { makeRegion, makeTake } from '../../test/document'
import { WavWriter } from '../media/wav'
import { FALLBACK_DEFAULTS, newDocument } from './document'

export const MEDIA: MediaRef = {
  path: '/films/a.mp4',
  bytes: 10,
  partialHash: 'a'.repeat(64),
  durationSamples: 144_000,
  rate: { num: 25, den: 1 },
  width: 160,
  height: 32,
  codec: 'h264',
  startFrame: 0,
  dropFrame: false,
  audioChannels: 2
}

let serial = 0
export const testIds = { newId: () => `id-${(serial += 1)}`, newSeed: () => 7 }
export const testDocument = (media = MEDIA): ProjectDocument => newDocument(media, FALLBACK_DEFAULTS, testIds)

export const testTake = (id: string, fromSample = 0, toSample = 48_000): Take => ({
  ...makeTake(id, 0, 1),
  fromSample,
  toSample
})

export const testRegion = (takeIds: readonly string[], fromSample = 0, toSample = 48_000): Region =>
  makeRegion(testTake(takeIds[0]!, fromSample, toSample), { id: testIds.newId(), takeIds: [...takeIds] })

/** The document with takes listed, and regions on its first track. */
export function withRegions(
  document: ProjectDocument,
  takes: readonly Take[],
  regions: readonly Region[]
): ProjectDocument {
  const [first, ...others] = document.tracks
  return {
    ...document,
    takes: { ...document.takes, ...Object.fromEntries(takes.map((take) => [take.id, take])) },
    tracks: [{ ...first!, regions: [...regions] }, ...others]
  }
}

/** Writes what a job would: sample n of the WAV is n / 2^20. */
export async function writeTake(folder: string, id: string, samples = 48_000): Promise<void> {
  await mkdir(folder, { recursive: true })
  const writer = await WavWriter.create(join(folder, `${id}.wav`), { sampleRate: 48_000, channels: 1 })
  await writer.write(Float32Array.from({ length: samples }, (_, n) => n / 2 ** 20))
  await writer.close()
  await writeFile(join(folder, `${id}.latents`), 'latents')
}
