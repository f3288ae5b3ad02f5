/* global document, requestAnimationFrame, WheelEvent, window */
// How much of a frame the timeline takes: the long project opened in the built application, zoomed and scrolled by the
// wheel from the whole hour to a second and back.
//
// Each turn is one wheel event and its frame: what script, style and layout spent between the event and the second animation
// frame after it (bench/trace.mjs). Gestures run once before, so that peaks and pictures are there and code is compiled.
// Elements are counted after every turn, with those in the shadow roots that wavesurfer.js makes.
import { median, percentile } from '../numbers.mjs'
import { traceTurns } from '../trace.mjs'
import { appears, withApplication } from './application.mjs'
import { makeLongProject } from './long-project.mjs'

const repeat = (times, deltaX, deltaY) => Array.from({ length: times }, () => ({ deltaX, deltaY }))
/** A notch of a mouse wheel is 100; a touchpad sends many small ones. */
const GESTURES = [
  ['scroll, the hour in view', repeat(40, 120, 0)],
  ['zoom in, wheel', repeat(38, 0, -100)],
  ['scroll, a second in view', repeat(60, 60, 0)],
  ['zoom out, wheel', repeat(38, 0, 100)],
  ['zoom in, touchpad', repeat(100, 0, -16)],
  ['scroll, minutes in view', repeat(80, 160, 0)],
  ['zoom out, touchpad', repeat(100, 0, 16)]
]

const countNodes = (page) =>
  page.evaluate(() => {
    performance.mark('counting')
    const all = [...document.querySelectorAll('*')]
    return all.reduce((sum, { shadowRoot }) => sum + 1 + (shadowRoot?.querySelectorAll('*').length ?? 0), 0)
  })

const turnWheel = (page, turn) =>
  page.evaluate(
    (wheel) =>
      new Promise((done) => {
        performance.mark('turn')
        setTimeout(() => {
          const lane = document.querySelector('[data-track]')
          const { left, width, top, height } = lane.getBoundingClientRect()
          const place = { clientX: left + width / 2, clientY: top + height / 2, bubbles: true, cancelable: true }
          lane.dispatchEvent(new WheelEvent('wheel', { ...place, ...wheel }))
          requestAnimationFrame(() => requestAnimationFrame(done))
        }, 0)
      }),
    turn
  )

async function measureGesture(page, turns) {
  let nodes = 0
  const events = await traceTurns(page, async () => {
    for (const turn of turns) {
      await turnWheel(page, turn)
      nodes = Math.max(nodes, await countNodes(page))
    }
  })
  return { events, nodes }
}

/** The film's document, from the application itself: it knows the film's fingerprint. */
const readDocument = (page) => (path) =>
  page.evaluate(async (film) => {
    const { value } = await window.foley.request('project:open', { path: film })
    return value.document
  }, path)

export async function measureTimeline(folder) {
  const project = await withApplication({}, ({ page }) => makeLongProject(folder, readDocument(page)))
  return withApplication({ args: [project] }, async ({ page }) => {
    await appears(page, '[data-track]')
    for (const [, turns] of GESTURES) for (const turn of turns) await turnWheel(page, turn)
    const gestures = []
    for (const [name, turns] of GESTURES) gestures.push({ name, ...(await measureGesture(page, turns)) })
    return gestures
  })
}

/** Of all gestures together. */
export const totalsOf = (gestures) => ({
  p95: percentile(
    gestures.flatMap(({ events }) => events.map(({ total }) => total)),
    0.95
  ),
  nodes: Math.max(...gestures.map(({ nodes }) => nodes))
})

export function gestureRow({ name, events, nodes }) {
  const of = (key) => events.map((event) => event[key])
  return {
    gesture: name,
    events: events.length,
    'median ms': median(of('total')).toFixed(2),
    'p95 ms': percentile(of('total'), 0.95).toFixed(2),
    'script p95': percentile(of('script'), 0.95).toFixed(2),
    'layout p95': percentile(of('layout'), 0.95).toFixed(2),
    nodes
  }
}
