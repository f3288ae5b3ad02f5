/** What the page may load, asked of the built page itself: nothing but its own origin, and `data:` for pictures. */
import type { Page } from '@playwright/test'
import { resolve } from 'node:path'
import { expect, test } from './fixture'
import { choosePath } from './project-steps'

/** Directives that were broken, by the page's own events; zod asks once whether it may compile, and goes without. */
const violations = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: unknown = Reflect.get(window, 'violations')
    return Array.isArray(found) ? found.map(String).filter((each) => each !== 'script-src eval') : []
  })

test('waveforms, thumbnails and the picture load; blob: and data: in other places are refused', async ({
  app,
  page
}) => {
  await page.addInitScript(() => {
    const found: string[] = []
    Reflect.set(window, 'violations', found)
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      found.push(`${effectiveDirective} ${blockedURI}`)
    )
  })
  await page.reload()
  await choosePath(app, page, resolve('samples/stick.mp4'))
  await expect(page.locator('video')).toHaveAttribute('src', /media\//)
  await expect
    .poll(() => page.locator('video').evaluate((video) => (video instanceof HTMLVideoElement ? video.readyState : 0)))
    .toBeGreaterThanOrEqual(2)
  expect(await violations(page)).toEqual([])

  await page.evaluate(async () => {
    const blob = (type: string): string => URL.createObjectURL(new Blob([''], { type }))
    document.body.append(Object.assign(new Image(), { src: blob('image/png') }))
    document.body.append(Object.assign(document.createElement('video'), { src: blob('video/mp4') }))
    document.body.append(Object.assign(document.createElement('audio'), { src: 'data:audio/wav,' }))
    document.body.append(Object.assign(document.createElement('script'), { src: 'data:text/javascript,0' }))
    try {
      new Worker(blob('text/javascript'))
    } catch {
      // Refused at once, where the browser does so.
    }
    await fetch('data:,x').catch(() => undefined)
  })
  const refused = [
    'connect-src data',
    'img-src blob',
    'media-src blob',
    'media-src data',
    'script-src-elem data',
    'worker-src blob'
  ]
  await expect.poll(async () => (await violations(page)).toSorted()).toEqual(refused)
})
