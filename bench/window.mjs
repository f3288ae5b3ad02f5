// What an editor waits for in the window: the built application in the harness, on this machine's CPU.
//   npm run bench -- window                              all of it, after setting up
//   node bench/window.mjs --only first-sound,timeline    parts of it      --times 5   repeats of the first two
// Nothing here fails by its numbers: they are printed beside their targets.
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readArguments } from './arguments.mjs'
import { makeFilm } from './films.mjs'
import { median } from './numbers.mjs'
import { measureFirstSound } from './window/first-sound.mjs'
import { measureMemory } from './window/memory.mjs'
import { measureRegeneration } from './window/regenerate.mjs'
import { gestureRow, measureTimeline, totalsOf } from './window/timeline.mjs'

const PARTS = ['first-sound', 'regenerate', 'memory', 'timeline']
const values = readArguments({
  usage: 'npm run bench -- window [--only first-sound,timeline] [--times 5]',
  options: {
    only: { type: 'string', default: PARTS.join(',') },
    times: { type: 'string', default: '5' },
    film: { type: 'string', default: 'samples/stick.mp4' }
  }
})
const wanted = values.only.split(',')
const unknown = wanted.find((name) => !PARTS.includes(name))
if (unknown !== undefined) {
  console.error(`There is no part ${unknown}. The parts are ${PARTS.join(', ')}.`)
  process.exit(2)
}
const times = Number(values.times)
/** Of the sample. */
const fps = 25
const folder = mkdtempSync(join(tmpdir(), 'foley-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const seconds = (value) => `${value.toFixed(2)} s`
const heading = (text) => console.log(`\n${text} (load ${loadavg()[0].toFixed(1)})`)
/** The median of each of their numbers. */
const medians = (rows) =>
  Object.fromEntries(Object.keys(rows[0]).map((key) => [key, seconds(median(rows.map((row) => row[key])))]))

async function repeat(work) {
  const rows = []
  for (let count = 0; count < times; count += 1) rows.push(await work())
  return rows
}

const film = wanted.some((name) => name !== 'timeline') ? makeFilm({ folder, sample: values.film, seconds: 10 }) : ''

if (wanted.includes('first-sound')) {
  heading('From dropping a 10 s 720p film to its first sound, engine not loaded: target 10 s')
  const rows = await repeat(() => measureFirstSound(film))
  console.log(`  heard after ${seconds(median(rows.map(({ heard }) => heard)))}, median of ${times}`)
  console.table(medians(rows))
}
if (wanted.includes('regenerate')) {
  heading('Two seconds of it drawn anew, on the timeline and fetched: target 2 s')
  // One more, which is not counted: it is the first that cuts the region.
  const [, ...rows] = await measureRegeneration(film, { times: times + 1, fps })
  console.log(`  ${seconds(median(rows.map(({ fetched }) => fetched)))}, median of ${times}`)
  console.table(rows.map(({ drawn, fetched }) => ({ 'on the timeline': seconds(drawn), fetched: seconds(fetched) })))
}
if (wanted.includes('memory') && process.platform === 'linux') {
  heading('Memory of the process tree after 10 and after 100 regenerations: target at most 5 % more')
  const rows = await measureMemory(film, { counts: [10, 100], fps })
  const growth = (rows.at(-1).tree / rows[0].tree - 1) * 100
  console.log(`  ${growth.toFixed(1)} % more`)
  const mib = (value) => `${value.toFixed(0)} MiB`
  console.table(
    rows.map(({ regenerations, tree, main, browser, heap }) => ({
      regenerations,
      'process tree': mib(tree),
      'application and engine': mib(main),
      browser: mib(browser),
      "page's JavaScript": `${heap.toFixed(1)} MiB`
    }))
  )
}
if (wanted.includes('timeline')) {
  heading('Timeline of one hour, 3 tracks, 2,000 sync points and attacks on each: target 8 ms, 1,500 elements')
  const gestures = await measureTimeline(folder)
  const { p95, nodes } = totalsOf(gestures)
  console.log(`  script and layout ${p95.toFixed(2)} ms at the 95th percentile, at most ${nodes} elements`)
  console.table(gestures.map(gestureRow))
}
