/* global window */
// Memory of the application's process tree after ten regenerations and after a hundred: what grows from one to the other
// leaks. With the fixture pack, which is fast and otherwise the same: takes, latents, peaks, history and logs pile up alike.
// Nothing is fetched by the bench itself: Playwright's inspector keeps every answer.
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../numbers.mjs'
import { childrenOf, treeBytes } from '../process-tree.mjs'
import { withApplication } from './application.mjs'
import { prepare, regenerate } from './regenerate.mjs'

const PACK = resolve('e2e/fixtures/pack')

/** MiB resident, without what only waits for the collector in the page; median over two seconds. */
async function settledMemory({ app, page }, inspector) {
  await sleep(2000)
  await inspector.send('HeapProfiler.collectGarbage')
  const samples = []
  for (let count = 0; count < 20; count += 1) {
    await sleep(100)
    // The application's main process and Chromium, each with all that it started.
    samples.push(childrenOf(process.pid).map((pid) => ({ isMain: pid === app.mainPid, bytes: treeBytes(pid) })))
  }
  const mib = (wanted) =>
    median(samples.map((trees) => trees.filter(wanted).reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20))
  const heap = await page.evaluate(() => performance.memory.usedJSHeapSize / 2 ** 20)
  return { tree: mib(() => true), main: mib(({ isMain }) => isMain), browser: mib(({ isMain }) => !isMain), heap }
}

export const measureMemory = (film, { counts, fps }) =>
  withApplication({}, async ({ app, page }) => {
    await page.evaluate(async (packPath) => {
      const { value } = await window.foley.request('app:info', undefined)
      const settings = { ...value.settings, packPath, addedPacks: [packPath], provider: 'cpu' }
      await window.foley.request('settings:set', { settings })
    }, PACK)
    await page.reload()
    await prepare({ app, page }, film, { fps })
    const inspector = await page.context().newCDPSession(page)
    const measured = []
    let done = 0
    for (const count of counts) {
      for (; done < count; done += 1) await regenerate(page, { isFetched: false })
      measured.push({ regenerations: count, ...(await settledMemory({ app, page }, inspector)) })
    }
    return measured
  })
