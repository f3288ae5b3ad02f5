import { copyFile, open, truncate, writeFile } from 'node:fs/promises'
import { mediaRefSchema } from '@shared/project'
import { describe, expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { probe } from '../media/probe'
import { findTools } from '../media/tools'
import { filmRate } from '../media/film-rate'
import { fingerprint, mediaRefOf } from './media-ref'

const refOf = async (path: string) => mediaRefOf(await probe(path, await findTools()))

describe('mediaRefOf', () => {
  it('describes a plain film', async () => {
    const media = await refOf(await clips.plainFilm())
    expect(media).toMatchObject({ rate: { num: 25, den: 1 }, width: 160, height: 32, codec: 'h264', startFrame: 0 })
    expect(media).toMatchObject({ audioChannels: 2, dropFrame: false })
    expect(media.durationSamples).toBeGreaterThanOrEqual(3 * 48_000)
    expect(mediaRefSchema.parse(media)).toEqual(media)
  })

  it('takes the size as shown', async () => {
    expect(await refOf(await clips.rotatedFilm())).toMatchObject({ width: 32, height: 160 })
    expect(await refOf(await clips.anamorphicFilm())).toMatchObject({ width: 128, height: 64 })
  })

  it('keeps 29.97 and its drop-frame timecode', async () => {
    const media = await refOf(await clips.timecodeFilm())
    // 01:00:00;02 in drop-frame: 107,892 frames an hour.
    expect(media).toMatchObject({ rate: { num: 30_000, den: 1001 }, startFrame: 107_894, dropFrame: true })
  })

  it('counts a silent film as silent, and refuses one without a picture', async () => {
    expect((await refOf(await clips.silentFilm())).audioChannels).toBe(0)
    await expect(refOf(await clips.audioOnly())).rejects.toMatchObject({ code: 'input.no-video' })
  })
})

describe('filmRate', () => {
  const rate = (num: number, den = 1) => ({ num, den })
  it.each([
    ['constant', rate(25), rate(25), rate(25)],
    ['written as a decimal', rate(2997, 100), rate(2997, 100), rate(30_000, 1001)],
    ['an average that counts one frame too few', rate(359, 12), rate(30), rate(30)],
    ['variable, near a known rate', rate(2490, 100), rate(1000), rate(25)],
    ['two fields a frame', rate(25), rate(50), rate(25)],
    ['variable, near none', rate(17), rate(90_000), rate(17)]
  ])('%s', (_name, average, fitting, expected) => {
    expect(filmRate(average, fitting)).toEqual(expected)
  })
})

describe('fingerprint', () => {
  const large = async (): Promise<string> => {
    const path = clips.scratch('large.bin')
    await writeFile(path, Buffer.alloc(400_000, 7))
    return path
  }
  const changed = async (at: number): Promise<string> => {
    const path = clips.scratch('changed.bin')
    await copyFile(await large(), path)
    const file = await open(path, 'r+')
    await file.write(Buffer.from([8]), 0, 1, at)
    await file.close()
    return (await fingerprint(path)).partialHash
  }

  it('sees a change at either end and in the middle, and the size', async () => {
    const { partialHash, bytes } = await fingerprint(await large())
    expect(bytes).toBe(400_000)
    for (const at of [0, 200_000, 399_999]) expect(await changed(at)).not.toBe(partialHash)
    expect(await changed(100_000)).toBe(partialHash)
    const shorter = await large()
    await truncate(shorter, 399_000)
    expect((await fingerprint(shorter)).partialHash).not.toBe(partialHash)
  })

  it('takes small files', async () => {
    const path = clips.scratch('small.bin')
    await writeFile(path, 'abc')
    expect((await fingerprint(path)).bytes).toBe(3)
  })
})
