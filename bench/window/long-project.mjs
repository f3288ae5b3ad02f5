// A project as an editor has it after weeks: an hour, three tracks of regions side by side, 2,000 impacts in the picture
// and as many attacks in the sound of each track. The same every time, but for the film's own fingerprint.
import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { makeHits, makeLongFilm } from '../films.mjs'

const SAMPLE_RATE = 48_000
const REGION_SEC = 10

/** A small linear congruential generator (Numerical Recipes): 0..1. */
function randomFrom(seed) {
  let state = seed
  return () => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) / 2 ** 32
}

/** Of the film as the application sees it: its document before anything was done to it. */
function withWork(document, { minutes, onsets, tracks }) {
  const random = randomFrom(7)
  const end = Math.min(document.media.durationSamples, minutes * 60 * SAMPLE_RATE)
  const impacts = Array.from({ length: onsets }, (_, index) => Math.round(((index + random()) / onsets) * end))
  const syncMarks = impacts.map((sample, index) =>
    index % 3 === 0
      ? { kind: 'pinned', id: `s${index}`, sample, loudnessDb: -40 * random() }
      : { kind: 'suggested', id: `s${index}`, sample, probability: random(), loudnessDb: -20 }
  )
  const takes = {}
  const { settings } = document
  const regionOf = (track, index) => {
    const id = `t${track}-${index}`
    const fromSample = index * REGION_SEC * SAMPLE_RATE
    const toSample = Math.min(end, fromSample + REGION_SEC * SAMPLE_RATE)
    const attacks = impacts
      .map((sample) => sample + Math.round((random() - 0.5) * 4000))
      .filter((sample) => sample >= fromSample && sample < toSample)
      .sort((a, b) => a - b)
      .map((sample) => ({ sample, levelDb: -12 }))
    const origin = { pack: { id: 'hits', version: '1', hash: '0' }, provider: 'cpu', createdAt: '2026-01-01T00:00:00Z' }
    takes[id] = { id, name: `Take ${index + 1}`, fromSample, toSample, settings, ...origin, attacks }
    const look = { gainDb: 0, pan: 0, fadeInSamples: 4800, fadeOutSamples: 4800, muted: false }
    return { id: `r${id}`, fromSample, toSample, takeIds: [id], takeId: id, ...look, settings }
  }
  const count = Math.ceil(end / SAMPLE_RATE / REGION_SEC)
  const drawn = Array.from({ length: tracks }, (_, track) => ({
    ...{ id: `t${track}`, name: `Foley ${track + 1}`, hue: track, gainDb: 0, muted: false, solo: false },
    regions: Array.from({ length: count }, (_, index) => regionOf(track, index))
  }))
  return { ...document, syncMarks, tracks: drawn, takes }
}

/** Writes film, project and takes into `folder`; `read` opens a film and gives its document. Returns the project's path. */
export async function makeLongProject(folder, read, size = { minutes: 60, onsets: 2000, tracks: 3 }) {
  const film = makeLongFilm({ folder, minutes: size.minutes })
  const document = withWork(await read(film), size)
  const project = join(folder, 'hour.foley')
  const media = { ...document.media, path: basename(film) }
  writeFileSync(project, JSON.stringify({ ...document, media }))
  const takesFolder = join(folder, 'hour.takes')
  mkdirSync(takesFolder)
  const hits = join(folder, 'hits.wav')
  makeHits({ path: hits, seconds: REGION_SEC })
  for (const id of Object.keys(document.takes)) linkSync(hits, join(takesFolder, `${id}.wav`))
  return project
}
