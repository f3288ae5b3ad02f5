import { expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { measureLoudness } from './loudness'
import { findTools } from './tools'

it('measures a tone of known loudness', async () => {
  const path = clips.scratch('tone.wav')
  // EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS is -23 LUFS.
  const tone = "aevalsrc='0.070795*sin(2*PI*1000*t)|0.070795*sin(2*PI*1000*t)':s=48000:d=5"
  await clips.ffmpeg('-f', 'lavfi', '-i', tone, '-c:a', 'pcm_s24le', path)
  const loudness = await measureLoudness(path, await findTools())
  expect(loudness.integratedLufs).toBeCloseTo(-23, 0)
  expect(loudness.truePeakDbtp).toBeCloseTo(-23, 0)
})

it('calls silence -Infinity', async () => {
  const path = clips.scratch('silence.wav')
  await clips.ffmpeg('-f', 'lavfi', '-i', 'anullsrc=d=1', path)
  expect(await measureLoudness(path, await findTools())).toMatchObject({
    integratedLufs: -Infinity,
    truePeakDbtp: -Infinity
  })
})

it('fails on a film without sound', async () => {
  const measuring = measureLoudness(await clips.silentFilm(), await findTools())
  await expect(measuring).rejects.toMatchObject({ code: 'ffmpeg.failed' })
})
