/* global AudioBufferSourceNode, window */
// From dropping a film on the window to hearing its first generated sound; the engine's process is not running yet.
//
// The clock starts with the page's own drop event. G is pressed as soon as there is a button for it, Space as soon as the
// region is on the timeline. Sound is heard when the audio clock has come to the instant for which the mixer scheduled the
// first take's samples: the page's `AudioBufferSourceNode.start` is watched for that.
import { appears, GENERATE, noteJobs, withApplication } from './application.mjs'

export const measureFirstSound = (film) =>
  withApplication({}, async ({ app, page }) => {
    await noteJobs(page)
    await page.evaluate(watchSound)
    await app.drop('body', [film])
    const opened = await appears(page, GENERATE)
    await page.keyboard.press('g')
    const drawn = await appears(page, '[data-take]')
    await page.keyboard.press('Space')
    const heard = await page.evaluate(() => window.benchHeard)
    const { dropped, jobs } = await page.evaluate(() => ({ dropped: window.benchDropped, jobs: window.benchJobs }))
    const analysed = jobs.find(({ kind, state }) => kind === 'analyse' && state === 'done').at
    const since = (at) => (at - dropped) / 1000
    return { opened: since(opened), analysed: since(analysed), drawn: since(drawn), heard: since(heard) }
  })

/** Runs in the page. */
function watchSound() {
  window.addEventListener('drop', () => (window.benchDropped = performance.now()), { capture: true, once: true })
  const { prototype } = AudioBufferSourceNode
  const { start } = prototype
  window.benchHeard = new Promise((resolve) => {
    prototype.start = function (when = 0, ...rest) {
      start.call(this, when, ...rest)
      const { context, buffer } = this
      if (!buffer.getChannelData(0).some((sample) => Math.abs(sample) > 1e-4)) return
      const wait = () => {
        if (context.state === 'running' && context.currentTime >= when) resolve(performance.now())
        else setTimeout(wait, 1)
      }
      wait()
    }
  })
}
