/* global document, requestAnimationFrame, WheelEvent, window */
// How much of a frame the timeline takes: a one-hour film with 2,000 onsets on three tracks, zoomed and scrolled.
//   node bench/timeline/timeline.mjs
// Script, style and layout come from Chromium's trace, as processor time of the page's main thread: what other programs
// take from it does not count. Exits with 1 over the budget.
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build, createServer, preview } from 'vite'

const BUDGET_MS = 8
const MOST_NODES = 1500
const root = resolve(import.meta.dirname, 'page')
const outDir = mkdtempSync(join(tmpdir(), 'timeline-bench-'))
const alias = { '@shared': resolve('src/shared'), '@renderer': resolve('src/renderer') }
const plugins = [svelte({ configFile: resolve('svelte.config.mjs') })]

/** One grey pixel. Not an SVG: Chromium would lay that out anew at each size. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64'
)

const repeat = (times, deltaX, deltaY) => Array.from({ length: times }, () => ({ deltaX, deltaY }))
/** A notch of a mouse wheel is 100; a touchpad sends many small ones. */
const GESTURES = [
  ['zoom in, wheel', repeat(38, 0, -100)],
  ['scroll, close', repeat(60, 60, 0)],
  ['zoom out, wheel', repeat(38, 0, 100)],
  ['zoom in, touchpad', repeat(100, 0, -16)],
  ['scroll, minutes in view', repeat(80, 160, 0)],
  ['zoom out, touchpad', repeat(100, 0, 16)]
]

const openPage = async () => {
  await build({ root, base: './', logLevel: 'warn', resolve: { alias }, plugins, build: { outDir, emptyOutDir: true } })
  const server = await preview({ root, configFile: false, build: { outDir }, preview: { port: 0 } })
  const loader = await createServer({
    configFile: false,
    logLevel: 'silent',
    server: { middlewareMode: true, ws: false },
    appType: 'custom'
  })
  const { launchBrowser } = await loader.ssrLoadModule('/e2e/harness/browser.ts')
  await loader.close()
  const browser = await launchBrowser({ headless: true })
  const page = await browser.newPage({ viewport: { width: 1440, height: 640 } })
  // The film strip's pictures are none of the timeline's work.
  await page.route('**/thumbnail-*.jpg', (route) => route.fulfill({ contentType: 'image/png', body: PICTURE }))
  page.on('pageerror', (error) => {
    throw error
  })
  await page.goto(server.resolvedUrls.local[0])
  await page.waitForFunction(() => window.studio?.session.view.port.widthPx > 1000)
  return { browser, server, page }
}

/** Elements of the document and of the shadow roots that wavesurfer.js makes. */
const countNodes = (page) =>
  page.evaluate(() => {
    const all = [...document.querySelectorAll('*')]
    return all.reduce((sum, { shadowRoot }) => sum + 1 + (shadowRoot?.querySelectorAll('*').length ?? 0), 0)
  })

const turnWheel = (page, turn) =>
  page.evaluate(
    (wheel) =>
      new Promise((done) => {
        performance.mark('turn')
        setTimeout(() => {
          const place = { clientX: 700, clientY: 250, bubbles: true, cancelable: true }
          document.querySelector('[data-track]').dispatchEvent(new WheelEvent('wheel', { ...place, ...wheel }))
          requestAnimationFrame(() => requestAnimationFrame(done))
        }, 0)
      }),
    turn
  )

const SCRIPT = ['EventDispatch', 'FunctionCall', 'EvaluateScript', 'FireAnimationFrame', 'RunMicrotasks', 'TimerFire']
const LAYOUT = ['UpdateLayoutTree', 'Layout']

/** Traces a gesture. Each turn ends when its frame is done; a mark separates it from the next. */
async function measure(browser, page, turns) {
  const inspector = await browser.newBrowserCDPSession()
  const trace = []
  inspector.on('Tracing.dataCollected', ({ value }) => trace.push(...value))
  const includedCategories = ['devtools.timeline', 'blink.user_timing']
  await inspector.send('Tracing.start', { traceConfig: { includedCategories }, transferMode: 'ReportEvents' })
  let nodes = 0
  for (const turn of turns) {
    await turnWheel(page, turn)
    await page.evaluate(() => performance.mark('counting'))
    nodes = Math.max(nodes, await countNodes(page))
  }
  const complete = new Promise((done) => inspector.once('Tracing.tracingComplete', done))
  await inspector.send('Tracing.end')
  await complete
  await inspector.detach()
  return { events: spentByTurn(trace), nodes }
}

/** Milliseconds of script and of layout between each pair of marks. What runs inside something counted is part of it. */
function spentByTurn(trace) {
  const marks = trace.filter(({ name, cat }) => cat.includes('user_timing') && ['turn', 'counting'].includes(name))
  const thread = marks[0].tid
  const counted = trace
    .filter(({ tid, ph, name }) => tid === thread && ph === 'X' && [...SCRIPT, ...LAYOUT].includes(name))
    .toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)
  let end = 0
  const outer = counted.filter(({ ts, dur }) => {
    const isOuter = ts >= end
    if (isOuter) end = ts + dur
    return isOuter
  })
  const inOrder = marks.toSorted((a, b) => a.ts - b.ts)
  return inOrder.flatMap((mark, index) => {
    if (mark.name !== 'turn') return []
    const until = inOrder[index + 1]?.ts ?? Infinity
    const during = outer.filter(({ ts }) => ts >= mark.ts && ts < until)
    const sum = (names) =>
      during.reduce((total, { name, tdur = 0 }) => total + (names.includes(name) ? tdur / 1000 : 0), 0)
    const [script, layout] = [sum(SCRIPT), sum(LAYOUT)]
    return [{ script, layout, total: script + layout }]
  })
}

const percentile = (values, share) => values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1]

const { browser, server, page } = await openPage()
// Once without counting: peaks are fetched, code is compiled.
for (const [, turns] of GESTURES) for (const turn of turns) await turnWheel(page, turn)

const all = []
let mostNodes = 0
console.log('gesture                   events   p50 ms   p95 ms   script   style+layout   nodes')
for (const [name, turns] of GESTURES) {
  const { events, nodes } = await measure(browser, page, turns)
  const column = (key, share) =>
    percentile(
      events.map((event) => event[key]),
      share
    ).toFixed(2)
  const cells = [String(events.length).padStart(6), column('total', 0.5).padStart(8), column('total', 0.95).padStart(8)]
  const parts = [column('script', 0.95).padStart(8), column('layout', 0.95).padStart(14), String(nodes).padStart(7)]
  console.log(name.padEnd(25), ...cells, ...parts)
  all.push(...events)
  mostNodes = Math.max(mostNodes, nodes)
}
const p95 = percentile(
  all.map(({ total }) => total),
  0.95
)
console.log(
  `all events: ${p95.toFixed(2)} ms at the 95th percentile (budget ${BUDGET_MS}), at most ${mostNodes} nodes (${MOST_NODES})`
)
await browser.close()
await server.close()
rmSync(outDir, { recursive: true, force: true })
process.exit(p95 <= BUDGET_MS && mostNodes <= MOST_NODES ? 0 : 1)
