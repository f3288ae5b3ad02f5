/* global document, window, MutationObserver */
// Two seconds of a drawn film, drawn anew: from the key until the take is on the timeline and its samples were fetched.
import { generate, openFilm, withApplication } from './application.mjs'

const SAMPLE_RATE = 48_000
const FROM_SEC = 4
const TO_SEC = 6

/** Opens the film, draws all of it and marks two seconds. */
export async function prepare({ app, page }, film, { fps }) {
  await openFilm({ app, page }, film)
  await generate(page)
  // The frame that shows at the out point belongs to the range.
  for (const [key, frame] of [
    ['i', FROM_SEC * fps],
    ['o', TO_SEC * fps - 1]
  ]) {
    await page.keyboard.press('Home')
    for (let step = 0; step < Math.floor(frame / 5); step += 1) await page.keyboard.press('Shift+ArrowRight')
    for (let step = 0; step < frame % 5; step += 1) await page.keyboard.press('ArrowRight')
    await page.keyboard.press(key)
  }
}

/** Draws the marked range anew. Returns seconds since the key, until it is on the timeline and until it was fetched. */
export async function regenerate(page, { isFetched = true } = {}) {
  await page.evaluate(watchTake, { from: FROM_SEC * SAMPLE_RATE, to: TO_SEC * SAMPLE_RATE, isFetched })
  await page.keyboard.press('g')
  return page.evaluate(() => window.benchTake)
}

/** Runs in the page. */
function watchTake({ from, to, isFetched }) {
  const shown = () => [...document.querySelectorAll('[data-take]')].map(({ dataset }) => dataset.take)
  const known = new Set(shown())
  let pressed
  window.addEventListener('keydown', () => (pressed = performance.now()), { capture: true, once: true })
  window.benchTake = new Promise((resolve, reject) => {
    const fetched = async (takeId) => {
      const drawn = performance.now()
      if (!isFetched) return { drawn: (drawn - pressed) / 1000 }
      const response = await fetch(`takes/${takeId}/pcm?from=${from}&to=${to}`)
      const { byteLength } = await response.arrayBuffer()
      if (byteLength !== (to - from) * 4) throw new Error(`${byteLength} bytes of sound came`)
      return { drawn: (drawn - pressed) / 1000, fetched: (performance.now() - pressed) / 1000 }
    }
    const observer = new MutationObserver(() => {
      const takeId = shown().find((each) => !known.has(each))
      if (takeId === undefined) return
      observer.disconnect()
      fetched(takeId).then(resolve, reject)
    })
    observer.observe(document.body, { subtree: true, childList: true, attributes: true })
  })
}

export const measureRegeneration = (film, { times, fps }) =>
  withApplication({}, async ({ app, page }) => {
    await prepare({ app, page }, film, { fps })
    const each = []
    for (let count = 0; count < times; count += 1) each.push(await regenerate(page))
    return each
  })
