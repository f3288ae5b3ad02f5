// A long film with many onsets, and peaks that look like hits. The same every time.
const SAMPLE_RATE = 48_000
const FINEST = 128
const REGION_SEC = 10

/** A small linear congruential generator (Numerical Recipes): 0..1. */
function randomFrom(seed) {
  let state = seed
  return () => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) / 2 ** 32
}

const settings = {
  guidance: 4,
  steps: 16,
  solver: 'euler',
  seed: 1,
  seedLocked: false,
  material: null,
  syncMode: 'hints'
}

export function filmDocument({ seconds, onsets, tracks }) {
  const random = randomFrom(7)
  const durationSamples = seconds * SAMPLE_RATE
  const samples = Array.from({ length: onsets }, (_, index) =>
    Math.round(((index + random()) / onsets) * durationSamples)
  )
  const syncMarks = samples.map((sample, index) =>
    index % 3 === 0
      ? { kind: 'pinned', id: `s${index}`, sample, loudnessDb: -40 * random() }
      : { kind: 'suggested', id: `s${index}`, sample, probability: random(), loudnessDb: -20 }
  )
  const takes = {}
  const regionOf = (track, index) => {
    const id = `t${track}-${index}`
    const [fromSample, toSample] = [index, index + 1].map((part) => part * REGION_SEC * SAMPLE_RATE)
    const attacks = samples
      .filter((sample) => sample >= fromSample && sample < toSample)
      .map((sample) => ({ sample: sample + Math.round((random() - 0.5) * 4000), levelDb: -12 }))
    const pack = { id: 'p', version: '1', hash: 'h' }
    takes[id] = { id, name: `Take ${index}`, fromSample, toSample, settings, pack, provider: 'cpu', attacks }
    const look = { gainDb: 0, pan: 0, fadeInSamples: 4800, fadeOutSamples: 4800, muted: false }
    return { id: `r${id}`, fromSample, toSample, takeIds: [id], takeId: id, ...look, settings }
  }
  return {
    format: 'foley-project',
    version: 1,
    id: 'bench',
    media: {
      path: 'film.mp4',
      durationSamples,
      rate: { num: 30_000, den: 1001 },
      startFrame: 0,
      dropFrame: true,
      audioChannels: 2
    },
    original: { gainDb: 0, muted: false, solo: false },
    tracks: Array.from({ length: tracks }, (_, track) => ({
      id: `t${track}`,
      name: `Track ${track + 1}`,
      hue: track,
      gainDb: 0,
      muted: false,
      solo: false,
      regions: Array.from({ length: seconds / REGION_SEC }, (_, index) => regionOf(track, index))
    })),
    takes,
    syncMarks,
    range: { inSample: null, outSample: null, loop: false },
    settings,
    exports: { original: 'mix', loudness: 'off', stems: false, csv: false, edl: false }
  }
}

export function peaksOf({ takes, media }, source) {
  const take = source.kind === 'take' ? takes[source.takeId] : null
  const length = take ? take.toSample - take.fromSample : media.durationSamples
  const random = randomFrom(length)
  const finest = new Float32Array(2 * Math.ceil(length / FINEST))
  for (let index = 0; index < finest.length; index += 1) {
    const decay = Math.exp(-((index * FINEST) % 40_000) / 6000)
    finest[index] = (index % 2 ? 1 : -1) * decay * random()
  }
  const levels = [finest]
  const samplesPerPeak = [FINEST]
  while (levels.at(-1).length > 256) {
    levels.push(coarser(levels.at(-1)))
    samplesPerPeak.push(samplesPerPeak.at(-1) * 4)
  }
  return { levels, samplesPerPeak }
}

function coarser(pairs) {
  const result = new Float32Array(2 * Math.ceil(pairs.length / 8))
  for (let index = 0; index < pairs.length; index += 2) {
    const place = 2 * Math.floor(index / 8)
    result[place] = Math.min(result[place], pairs[index])
    result[place + 1] = Math.max(result[place + 1], pairs[index + 1])
  }
  return result
}
