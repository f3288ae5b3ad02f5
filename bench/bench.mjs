// The performance table: time and peak memory by phase for films of several lengths, and how far from the floor.
//   npm run bench                      10 s and 60 s of a 720p film made from the sample
//   npm run bench -- --seconds 10,600  other lengths      --pack DIR  another pack
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { readArguments } from './arguments.mjs'
import { makeFilm } from './films.mjs'
import { watchTree } from './process-tree.mjs'

const values = readArguments({
  usage: 'npm run bench -- [--seconds 10,60] [--pack DIR]',
  options: {
    seconds: { type: 'string', default: '10,60' },
    pack: { type: 'string', default: 'resources/models/hits' },
    film: { type: 'string', default: 'samples/stick.mp4' }
  }
})
const folder = mkdtempSync(join(tmpdir(), 'foley-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

function generate(film, seconds) {
  const output = join(folder, `out-${seconds}.mp4`)
  const args = [
    'out/cli/index.mjs',
    'generate',
    film,
    '-o',
    output,
    '--model',
    values.pack,
    '--provider',
    'cpu',
    '--json'
  ]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const memory = watchTree(child.pid)
    let text = ''
    child.stdout.on('data', (chunk) => (text += chunk))
    child.on('close', (code) => {
      const peakBytes = memory.stop()
      if (code === 0) resolve({ ...JSON.parse(text), peakBytes })
      else reject(new Error(`foley generate ended with status ${code}`))
    })
  })
}

/** What this machine's matrix product reaches through the same library: the ceiling that the floor is counted against. */
async function matrixFlopsPerSec() {
  const [m, k, n] = [1024, 1024, 1024]
  const session = await ort.InferenceSession.create('e2e/fixtures/matmul.onnx')
  const random = (count) => Float32Array.from({ length: count }, () => Math.random() - 0.5)
  const feeds = {
    a: new ort.Tensor('float32', random(m * k), [m, k]),
    b: new ort.Tensor('float32', random(k * n), [k, n])
  }
  for (let i = 0; i < 3; i += 1) await session.run(feeds)
  const times = []
  for (let i = 0; i < 15; i += 1) {
    const began = performance.now()
    await session.run(feeds)
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  return (2 * m * k * n) / (times[7] / 1000)
}

const manifest = JSON.parse(readFileSync(join(values.pack, 'manifest.json'), 'utf8'))
const rate = await matrixFlopsPerSec()
console.log(
  `${cpus()[0].model.trim()}, ${cpus().length} cores; matrix product ${(rate / 1e9).toFixed(0)} GFLOP/s (fp32, ONNX Runtime)`
)
console.log(`pack ${manifest.id} ${manifest.version}, ${manifest.defaults.steps} ${manifest.defaults.solver} steps\n`)

const columns = [
  'film',
  'load',
  'probe',
  'frames',
  'encode',
  'sample',
  'decode',
  'mux',
  'total',
  'total-load',
  'x real time',
  'peak MiB'
]
console.log(columns.map((name) => name.padStart(11)).join(''))
for (const seconds of values.seconds.split(',').map(Number)) {
  const {
    timingsSec: t,
    peakBytes,
    steps
  } = await generate(makeFilm({ folder, sample: values.film, seconds }), seconds)
  const afterLoad = t.total - t.load
  const cells = [
    `${seconds} s`,
    t.load,
    t.probe,
    t.frames,
    t.encode,
    t.sample,
    t.decode,
    t.mux,
    t.total,
    afterLoad,
    seconds / afterLoad
  ]
  const shown = cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell))
  console.log([...shown, peakBytes ? (peakBytes / 2 ** 20).toFixed(0) : '-'].map((cell) => cell.padStart(11)).join(''))
  const windows = Math.max(
    1,
    Math.ceil((seconds - manifest.window.overlapSec) / (manifest.window.maxSec - manifest.window.overlapSec))
  )
  const tokens = Math.min(seconds, manifest.window.maxSec) * manifest.latent.rateHz
  // int8 weights: about one byte each. Of a layer's 25 width² weights the 9 of the time modulation meet each clip once;
  // the other 16 meet every token of each guidance branch, attention's own products aside.
  const branches = manifest.guidance === 'cfg' ? 2 : 1
  const weightsPerToken = manifest.graphs.velocity.bytes * (16 / 25)
  const floorMs = ((2 * branches * tokens * weightsPerToken) / rate) * 1000
  console.log(
    `            ${((t.sample / windows / steps) * 1000).toFixed(0)} ms a solver step; floor ${floorMs.toFixed(0)} ms`
  )
}
