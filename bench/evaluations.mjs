// What a step is worth: sync against the number of function evaluations, by solver, and against guidance.
//   node bench/evaluations.mjs --clips DIR [--split train] [--files A,B] [--pack DIR] [--seeds 2] [--json FILE]
//     [--solvers euler,midpoint,heun] [--evaluations 4,6,8,10,16,32] [--guidance 2.5,3,4,5,6 --at 16] [--mode off]
// One evaluation is one run of the velocity graph, with both branches of the guidance where the pack has two. Seconds are those of the sampler for
// ten seconds of film: read them on a machine that does nothing else.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArguments } from './arguments.mjs'
import { chooseClips, fixed, foley, generateStems, linkClips, markdown, scratchFolder, seedsUpTo } from './foley.mjs'

const values = readArguments({
  usage: 'node bench/evaluations.mjs --clips DIR [--split train] [--files A,B]',
  required: ['clips'],
  options: {
    clips: { type: 'string' },
    split: { type: 'string', default: 'train' },
    files: { type: 'string' },
    pack: { type: 'string', default: 'resources/models/hits' },
    mode: { type: 'string', default: 'off' },
    seeds: { type: 'string', default: '2' },
    'max-sec': { type: 'string', default: '34' },
    solvers: { type: 'string', default: 'euler,midpoint,heun' },
    evaluations: { type: 'string', default: '4,6,8,10,16,32' },
    guidance: { type: 'string', default: '' },
    at: { type: 'string', default: '16' },
    json: { type: 'string' }
  }
})

const list = (text) => text.split(',').filter((word) => word !== '')
const perStep = { euler: 1, midpoint: 2, heun: 2 }
const settings = [
  ...list(values.evaluations).flatMap((count) =>
    list(values.solvers)
      .filter((solver) => count % perStep[solver] === 0)
      .map((solver) => ({ solver, evaluations: Number(count) }))
  ),
  ...list(values.guidance).map((guidance) => ({ solver: 'euler', evaluations: Number(values.at), guidance }))
]

const folder = scratchFolder('evaluations')
const clips = chooseClips(values.clips, values.split, values.files)
const reference = linkClips(clips, values.clips, join(folder, 'reference'))

function measure({ solver, evaluations, guidance }, index) {
  const answers = []
  const folders = generateStems({
    clips,
    from: reference,
    at: join(folder, String(index)),
    seeds: seedsUpTo(values.seeds),
    maxSec: values['max-sec'],
    how: [
      ...['--model', values.pack, '--sync-mode', values.mode, '--solver', solver],
      ...['--steps', evaluations / perStep[solver], ...(guidance === undefined ? [] : ['--guidance', guidance])]
    ],
    onClip: ({ duration }, _, answer) =>
      answers.push({ answer, sounded: Math.min(Number(values['max-sec']), duration) })
  })
  const against = ['--reference', reference, '--max-sec', values['max-sec'], '--rows', 'none']
  const report = foley('evaluate', ...against, ...folders.flatMap((path) => ['--generated', path]))
  const total = (pick) => answers.reduce((sum, each) => sum + pick(each), 0)
  const seconds = (10 * total(({ answer }) => answer.timingsSec.sample)) / total(({ sounded }) => sounded)
  const row = {
    solver,
    evaluations,
    guidance: answers[0].answer.guidance,
    secondsPer10Sec: seconds,
    summary: report.overFolders?.mean ?? report.rows[0].summary,
    deviation: report.overFolders?.deviation ?? null
  }
  process.stderr.write(`${cells(row).join('  ')}\n`)
  return row
}

const cells = ({ solver, evaluations, guidance, secondsPer10Sec, summary, deviation }) => [
  solver,
  evaluations,
  guidance,
  ...['acc', 'ap', 'f1', 'precision', 'attackF1'].map((name) => fixed(summary[name], 3)),
  fixed(deviation?.f1, 3),
  fixed(summary.attackMedianAbsSec * 1000, 1),
  fixed(secondsPer10Sec, 2)
]
const rows = settings.map(measure)
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(rows, null, 2))
const headings = [
  'solver',
  'evaluations',
  'guidance',
  'ACC',
  'AP',
  'F1',
  'precision',
  'attack F1',
  'F1 over seeds, deviation'
]
console.log(markdown([...headings, 'abs offset, median ms', 's per 10 s'], rows.map(cells)))
