// Do sync points rule? Random points on real pictures, drawn over the whole length of the clips: mode `only` must sound at
// each of them and nowhere else. The same points are scored on a run in mode `off`, which knows nothing of them.
//   node bench/control.mjs --clips DIR [--split val] [--files A,B] [--pack DIR] [--points 100] [--apart 0.25]
//     [--max-sec 20] [--seed 1] [--modes only,off] [--json FILE]
// How a point counts as sounding, and what counts as sound elsewhere: src/main/analysis/control.ts.
import { writeFileSync } from 'node:fs'
import { join, parse } from 'node:path'
import { readArguments } from './arguments.mjs'
import { chooseClips, fixed, foley, generateStems, linkClips, markdown, scratchFolder } from './foley.mjs'

const values = readArguments({
  usage: 'node bench/control.mjs --clips DIR [--split val] [--points 100]',
  required: ['clips'],
  options: {
    clips: { type: 'string' },
    split: { type: 'string', default: 'val' },
    files: { type: 'string' },
    pack: { type: 'string', default: 'resources/models/hits' },
    points: { type: 'string', default: '100' },
    apart: { type: 'string', default: '0.25' },
    'max-sec': { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    modes: { type: 'string', default: 'only,off' },
    json: { type: 'string' }
  }
})

/** Uniform in [0, 1): 32 bits of a linear congruential generator (Numerical Recipes), its low bits left out. */
function uniform(seed) {
  let state = seed >>> 0
  return () => (state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0) / 2 ** 32
}

/** Clip by clip the points, in seconds: uniform over all clips together, at least `apart` from each other and the ends. */
function drawPoints(clips, count, apart, random) {
  const total = clips.reduce((sum, { lengthSec }) => sum + lengthSec, 0)
  const points = clips.map(() => [])
  for (let drawn = 0, tried = 0; drawn < count; tried += 1) {
    if (tried > 1000 * count) throw new Error(`${count} points ${apart} s apart do not fit into ${total.toFixed(0)} s`)
    let timeSec = random() * total
    const index = clips.findIndex(({ lengthSec }) => (timeSec -= lengthSec) < 0)
    timeSec += clips[index].lengthSec
    const limits = [0, clips[index].lengthSec, ...points[index]]
    if (limits.some((other) => Math.abs(other - timeSec) < apart)) continue
    points[index].push(Number(timeSec.toFixed(3)))
    drawn += 1
  }
  return points.map((each) => each.sort((a, b) => a - b))
}

const folder = scratchFolder('control')
const maxSec = Number(values['max-sec'])
const clips = chooseClips(values.clips, values.split, values.files).map((clip) => ({
  ...clip,
  lengthSec: Math.min(clip.duration, maxSec)
}))
const reference = linkClips(clips, values.clips, join(folder, 'reference'))
const random = uniform(Number(values.seed))
const drawn = drawPoints(clips, Number(values.points), Number(values.apart), random)
const pointsOf = new Map(clips.map(({ file }, index) => [file, drawn[index].join(',')]))
const pointed = clips.filter(({ file }) => pointsOf.get(file) !== '')

function scoreMode(mode) {
  const [stems] = generateStems({
    clips: pointed,
    from: reference,
    at: join(folder, mode),
    seeds: [Number(values.seed)],
    maxSec,
    how: ({ file }) => [
      ...['--model', values.pack, '--sync-mode', mode],
      ...(mode === 'off' ? [] : ['--sync', pointsOf.get(file)])
    ],
    onClip: ({ file }) => process.stderr.write(`${mode} ${file}\n`)
  })
  const scores = pointed.map(({ file }) => ({
    file,
    ...foley('onsets', join(stems, `${parse(file).name}.wav`), '--sync', pointsOf.get(file)).control
  }))
  return { ...summarise(scores), clips: scores }
}

const quantile = (sorted, fraction) => sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] ?? null
const ascending = (numbers) => [...numbers].sort((a, b) => a - b)

function summarise(scores) {
  const sum = (pick) => scores.reduce((total, score) => total + pick(score), 0)
  const [points, attacks] = [sum((score) => score.points), sum((score) => score.attacks)]
  const offsets = scores.flatMap(({ offsetsSec }) => offsetsSec)
  const hitDb = quantile(ascending(scores.flatMap(({ pointLevelsDb }) => pointLevelsDb)), 0.5)
  const elsewhere = scores.flatMap(({ elsewhereDb }) => elsewhereDb).map((level) => level - hitDb)
  return {
    points,
    sounding: offsets.length / points,
    precision: attacks === 0 ? 0 : offsets.length / attacks,
    medianSec: quantile(ascending(offsets), 0.5),
    medianAbsSec: quantile(ascending(offsets.map(Math.abs)), 0.5),
    hitDb,
    // Of the places between points, and before the first and after the last of a clip.
    gaps: points + scores.length,
    gapsWithSound: elsewhere.filter((level) => level > -40).length,
    loudestElsewhereDb: elsewhere.length === 0 ? null : Math.max(...elsewhere)
  }
}

const rows = Object.fromEntries(values.modes.split(',').map((mode) => [mode, scoreMode(mode)]))
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(rows, null, 2))
const headings = ['mode', 'points', 'sound within 40 ms', 'precision', 'offset, median', 'abs offset, median']
console.log(
  markdown(
    [...headings, 'places between that sound within 40 dB', 'loudest there'],
    Object.entries(rows).map(([mode, row]) => [
      mode,
      row.points,
      `${(100 * row.sounding).toFixed(0)} %`,
      fixed(row.precision, 3),
      row.medianSec === null ? '-' : `${(1000 * row.medianSec).toFixed(1)} ms`,
      row.medianAbsSec === null ? '-' : `${(1000 * row.medianAbsSec).toFixed(1)} ms`,
      `${row.gapsWithSound} of ${row.gaps}`,
      row.loudestElsewhereDb === null ? 'nothing' : `${row.loudestElsewhereDb.toFixed(0)} dB`
    ])
  )
)
