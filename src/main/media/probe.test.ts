import { chmod, mkdir } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '@shared/errors'
import * as clips from '../../test/clips'
import { probe } from './probe'
import { findTools, type MediaTools } from './tools'

let tools: MediaTools
beforeAll(async () => {
  tools = await findTools()
})

describe('probe', () => {
  it('describes a film and its sound', async () => {
    const media = await probe(await clips.plainFilm(), tools)
    expect(media).toMatchObject({ durationSec: 3, startSec: 0, truncated: false, pictureEdits: 1, warnings: [] })
    expect(media.container).toContain('mp4')
    expect(media.video).toEqual({
      index: 0,
      codec: 'h264',
      encoder: expect.stringMatching(/^Lavc/) as string,
      width: 160,
      height: 32,
      rotationDeg: 0,
      sampleAspect: { num: 1, den: 1 },
      avgRate: { num: 25, den: 1 },
      rRate: { num: 25, den: 1 },
      timeBase: { num: 1, den: 12_800 },
      startSec: 0,
      durationSec: 3,
      dropFrame: false
    })
    expect(media.audio).toMatchObject([{ index: 1, codec: 'aac', sampleRate: 48_000, channels: 2, startSec: 0 }])
  })

  it('counts from the clock of an MP4, also when its only stream starts late', async () => {
    const media = await probe(await clips.lateFilm(), tools)
    expect(media).toMatchObject({ startSec: 0, durationSec: 3.5, video: { startSec: 0.5, durationSec: 3 } })
  })

  it('counts from the first timestamp of a transport stream', async () => {
    const media = await probe(await clips.transportStream(), tools)
    expect(media.startSec).toBeGreaterThan(1.3)
    expect(media.startSec).toBeLessThan(1.5)
    expect(media.audio[0]!.startSec).toBeCloseTo(0, 6)
    expect(media.video!.startSec).toBeCloseTo(0.021333, 3)
    expect(media.durationSec).toBeCloseTo(3.021, 2)
  })

  it('keeps NTSC rates as rationals, and the start timecode with its drop-frame mark', async () => {
    const media = await probe(await clips.timecodeFilm(), tools)
    expect(media.video).toMatchObject({
      avgRate: { num: 30_000, den: 1001 },
      timecode: '01:00:00;02',
      dropFrame: true
    })
  })

  it('knows a rotated and an anamorphic picture', async () => {
    const rotated = await probe(await clips.rotatedFilm(), tools)
    // ffmpeg 5 writes `rotate=90` as a matrix that turns the picture 90 degrees counter-clockwise.
    expect(rotated.video!.rotationDeg).toBe(270)
    const anamorphic = await probe(await clips.anamorphicFilm(), tools)
    expect(anamorphic.video!.sampleAspect).toEqual({ num: 2, den: 1 })
  })

  it('counts the pieces of an edit list', async () => {
    expect((await probe(await clips.trimmedFilm(), tools)).pictureEdits).toBe(1)
    expect((await probe(await clips.lateFilm(), tools)).pictureEdits).toBe(1)
    expect((await probe(await clips.splicedFilm(), tools)).pictureEdits).toBe(2)
  })

  it('takes a truncated film up to its last good frame, and says so', async () => {
    const media = await probe(await clips.truncatedFilm(), tools)
    expect(media.truncated).toBe(true)
    expect(media.durationSec).toBeGreaterThan(1)
    expect(media.durationSec).toBeLessThan(2.5)
    expect(media.warnings).toHaveLength(1)
    const matroska = await probe(await clips.truncatedMatroska(), tools)
    expect(matroska).toMatchObject({ truncated: true })
    expect(matroska.durationSec).toBeLessThan(2)
  })

  it('takes a transport stream that ends within a packet for truncated, and a whole one not', async () => {
    expect(await probe(await clips.transportStream(), tools)).toMatchObject({ truncated: false, warnings: [] })
    const stream = await probe(await clips.truncatedStream(), tools)
    expect(stream).toMatchObject({
      truncated: true,
      warnings: [expect.stringMatching(/was cut off: it ends at 1\.\d+ s/)]
    })
    expect(stream.durationSec).toBeLessThan(2.2)
  })

  it('reads names that look like protocols, options and patterns', async () => {
    for (const name of ['a:b.mp4', '-x.mp4', 'film %03d #1?.mp4', 'Fuß – 足音 é.mp4', "it's.mp4"]) {
      const path = clips.scratch(name)
      await clips.ffmpeg('-i', await clips.silentFilm(), '-c', 'copy', `file:${path}`)
      expect((await probe(path, tools)).durationSec).toBe(3)
    }
  })

  it('takes sound alone where sound is wanted', async () => {
    const media = await probe(await clips.audioOnly(), tools, { require: 'audio' })
    expect(media).toMatchObject({ durationSec: 1, audio: [{ codec: 'aac' }] })
    expect(media).not.toHaveProperty('video')
  })
})

describe('probe refuses', () => {
  const missing = (): Promise<string> => Promise.resolve('/nowhere/film.mp4')
  const folder = async (): Promise<string> => {
    const path = clips.scratch('folder')
    await mkdir(path)
    return path
  }
  const noFrames = async (): Promise<string> => {
    const path = clips.scratch('no-frames.mp4')
    await clips.ffmpeg('-i', await clips.silentFilm(), '-t', '0', path)
    return path
  }
  const cases: [string, () => Promise<string>, ErrorCode][] = [
    ['a file that is not there', missing, 'input.unreadable'],
    ['a folder', folder, 'input.unreadable'],
    ['an empty file', clips.emptyFile, 'input.empty'],
    ['a film of no frames', noFrames, 'input.empty'],
    ['text', clips.textFile, 'input.not-media'],
    ['a still picture', clips.stillPicture, 'input.not-media'],
    ['an MP4 that was cut off before its index', clips.unfinishedFilm, 'input.not-media'],
    ['sound alone', clips.audioOnly, 'input.no-video'],
    ['sound with a cover picture', clips.soundWithCover, 'input.no-video']
  ]
  it.each(cases)('%s', async (_name, make, code) => {
    await expect(probe(await make(), tools)).rejects.toMatchObject({ code })
  })

  it.skipIf(process.getuid?.() === 0)('a file without permission', async () => {
    const path = clips.scratch('secret.mp4')
    await clips.ffmpeg('-i', await clips.silentFilm(), '-c', 'copy', path)
    await chmod(path, 0)
    await expect(probe(path, tools)).rejects.toMatchObject({ code: 'input.unreadable' })
  })

  it('a silent film where sound is wanted', async () => {
    const probed = probe(await clips.silentFilm(), tools, { require: 'audio' })
    await expect(probed).rejects.toMatchObject({ code: 'input.no-audio' })
  })

  it('nothing once it is aborted', async () => {
    const probed = probe(await clips.silentFilm(), tools, { signal: AbortSignal.abort() })
    await expect(probed).rejects.toMatchObject({ name: 'AbortError' })
  })
})
