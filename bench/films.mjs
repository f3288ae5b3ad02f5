// Films for the benches, made from the sample or from nothing.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

function ffmpeg(...args) {
  const { status } = spawnSync(process.env.FFMPEG_BIN ?? 'ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], {
    stdio: ['ignore', 'inherit', 'inherit']
  })
  if (status !== 0) throw new Error('the bench film could not be made')
}

/** The sample, repeated and enlarged to 1280x720 H.264: decoding costs what a real film's does. */
export function makeFilm({ folder, sample, seconds }) {
  const path = join(folder, `film-${seconds}.mp4`)
  const enlarged = ['-vf', 'scale=1280:720,noise=alls=6:allf=t']
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '24', '-pix_fmt', 'yuv420p', '-an']
  ffmpeg('-stream_loop', '-1', '-i', sample, '-t', String(seconds), ...enlarged, ...encode, path)
  return path
}

/** So many minutes of small pictures and a tone: one minute, repeated without encoding it again. */
export function makeLongFilm({ folder, minutes }) {
  const minute = join(folder, 'minute.mp4')
  const path = join(folder, 'film.mp4')
  const picture = ['-f', 'lavfi', '-i', 'testsrc=size=160x90:rate=25:duration=60']
  const tone = ['-f', 'lavfi', '-i', 'sine=frequency=220:sample_rate=48000:duration=60']
  const encode = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-crf',
    '40',
    '-pix_fmt',
    'yuv420p',
    '-c:a',
    'aac',
    '-b:a',
    '32k'
  ]
  ffmpeg(...picture, ...tone, ...encode, minute)
  ffmpeg('-stream_loop', String(minutes - 1), '-i', minute, '-c', 'copy', path)
  return path
}

/** Mono, 24 bits at 48 kHz: hits in silence. */
export function makeHits({ path, seconds }) {
  const hits = 'aevalsrc=1.6*exp(-30*mod(t\\,0.7))*(random(0)-0.5):s=48000'
  ffmpeg('-f', 'lavfi', '-i', `${hits}:d=${seconds}`, '-c:a', 'pcm_s24le', path)
}
