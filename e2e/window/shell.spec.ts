/** The shell around the studio: window, doors, byte ranges, the border of the main process. */
import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './fixture'

/** What a listener of the test left on the page's window. */
const heard = (page: Page, name: string): Promise<unknown> =>
  page.evaluate((key): unknown => Reflect.get(window, key), name)

const FILM = resolve('samples/stick.mp4')

test('the window opens with our page in it, and nothing on the page breaks the policy', async ({ app, page }) => {
  const refused: string[] = []
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) refused.push(message.text())
  })
  await page.reload()
  await expect(page).toHaveTitle(/Foley Studio/)
  await expect(page.locator('#app')).not.toBeEmpty()
  const nonce = await page.locator('meta[name="style-nonce"]').getAttribute('content')
  expect(nonce).toMatch(/^[A-Za-z0-9+/]{22}==$/)
  expect(refused).toEqual([])
  await access(join(app.userDataFolder, 'logs', 'main.log'))
})

test('the page sees the bridge and nothing of Node', async ({ page }) => {
  const seen = await page.evaluate(() => ({
    bridge: Object.keys(window.foley).toSorted(),
    node: ['process', 'require', 'Buffer', 'module'].filter((name) => name in window)
  }))
  expect(seen).toEqual({ bridge: ['on', 'pathOf', 'request'], node: [] })
})

test('a request is answered; one that nobody knows and one with a bad payload are refused with a code', async ({
  page
}) => {
  const info = await page.evaluate(() => window.foley.request('app:info', undefined))
  expect(info).toMatchObject({ ok: true, value: { version: expect.stringMatching(/^\d+\.\d+\.\d+/) } })
  const answers = await page.evaluate(async () => {
    // By names and payloads that the bridge's type would refuse.
    const request: unknown = Reflect.get(window.foley, 'request')
    const ask = (name: string, payload: unknown): unknown =>
      typeof request === 'function' ? Reflect.apply(request, undefined, [name, payload]) : undefined
    return [
      await ask('files:delete', { path: '/' }),
      await ask('constructor', undefined),
      await ask('job:cancel', { jobId: '../escape' }),
      await ask('shell:show', { path: '/', more: true })
    ]
  })
  for (const answer of answers) expect(answer).toMatchObject({ ok: false, error: { code: 'request.invalid' } })
})

test('the page cannot leave, and cannot open another', async ({ page }) => {
  const home = page.url()
  await page.evaluate(() => void (location.href = 'https://example.com/'))
  await page.evaluate(() => void window.open('https://example.com/'))
  await page.waitForTimeout(500)
  expect(page.url()).toBe(home)
  await expect(page).toHaveTitle(/Foley Studio/)
  await expect.poll(() => page.context().pages().length).toBe(1)
})

test('nothing foreign is fetched', async ({ page }) => {
  const answered = await page.evaluate(() =>
    fetch('https://example.com/').then(
      () => true,
      () => false
    )
  )
  expect(answered).toBe(false)
})

test('the path of a dropped file crosses with a request', async ({ app, page }) => {
  await page.evaluate(() => {
    const open = (event: DragEvent): void => {
      event.stopImmediatePropagation()
      const [file] = event.dataTransfer?.files ?? []
      if (!file) return
      const opening = window.foley.request('project:open', { path: window.foley.pathOf(file) })
      void opening.then((opened) => Object.assign(window, { opened }))
    }
    window.addEventListener('drop', open, { capture: true })
  })
  await app.drop('body', [FILM])
  await expect.poll(() => heard(page, 'opened')).toMatchObject({ ok: true, value: { film: { name: 'stick.mp4' } } })
})

test.describe('with a film', () => {
  test.use({ launch: { args: [FILM] } })

  test('the film of the command line opens, and is served in ranges', async ({ page }) => {
    await expect(page.locator('video')).toHaveAttribute('src', /media\//)
    const answers = await page.evaluate(async () => {
      const url = document.querySelector('video')?.src ?? ''
      const ask = async (headers: Record<string, string>, method = 'GET') => {
        const response = await fetch(url, { headers, method })
        const { byteLength } = await response.arrayBuffer()
        const range = response.headers.get('content-range')
        return { status: response.status, bytes: byteLength, range, accepts: response.headers.get('accept-ranges') }
      }
      return {
        part: await ask({ Range: 'bytes=100-299' }),
        tail: await ask({ Range: 'bytes=-50' }),
        beyond: await ask({ Range: 'bytes=999999999999-' }),
        head: await ask({}, 'HEAD')
      }
    })
    expect(answers.part).toMatchObject({
      status: 206,
      bytes: 200,
      range: expect.stringMatching(/^bytes 100-299\/\d+$/)
    })
    expect(answers.tail).toMatchObject({ status: 206, bytes: 50 })
    expect(answers.beyond).toMatchObject({ status: 416, range: expect.stringMatching(/^bytes \*\/\d+$/) })
    expect(answers.head).toMatchObject({ status: 200, bytes: 0, accepts: 'bytes' })
  })

  test('the film can be sought', async ({ page }) => {
    const time = await page.locator('video').evaluate(async (element) => {
      if (!(element instanceof HTMLVideoElement)) return -1
      if (element.readyState === 0) await new Promise((resolve) => element.addEventListener('loadedmetadata', resolve))
      element.currentTime = element.duration - 0.5
      await new Promise((resolve) => element.addEventListener('seeked', resolve, { once: true }))
      return element.duration - element.currentTime
    })
    expect(time).toBeCloseTo(0.5, 1)
  })

  test('a second start hands its film over', async ({ app, page }) => {
    await expect(page.locator('video')).toHaveAttribute('src', /media\//)
    await page.evaluate(() => {
      window.foley.on('open-path', (path) => Object.assign(window, { heardPath: path }))
    })
    await app.startAgain([resolve('samples/footsteps.mp4')])
    await expect.poll(() => heard(page, 'heardPath')).toBe(resolve('samples/footsteps.mp4'))
  })
})

test('a menu item reaches the page as its command', async ({ app, page }) => {
  await page.evaluate(() => {
    window.foley.on('command', (command) => Object.assign(window, { heardCommand: command }))
  })
  await app.chooseMenuItem('help.keys')
  await expect.poll(() => heard(page, 'heardCommand')).toBe('help.keys')
})

test('the close button closes a window without a project, and the application ends well', async ({ app }) => {
  await app.firstWindow()
  await app.pressCloseButton()
  expect(await app.exited).toBe(0)
})

test.describe('with an open film', () => {
  test.use({ launch: { args: [FILM] } })

  test('the close button closes the project first', async ({ app, page }) => {
    await expect(page.locator('video')).toHaveAttribute('src', /media\//)
    await app.pressCloseButton()
    expect(await app.exited).toBe(0)
  })

  test('the engine works in a process of its own, which comes back when it is killed', async ({ app, page }) => {
    await expect(page.locator('video')).toHaveAttribute('src', /media\//)
    const analyse = () =>
      page.evaluate(async () => (await window.foley.request('film:analyse', { jobId: crypto.randomUUID() })).ok)
    expect(await analyse()).toBe(true)
    const first = await app.enginePid()
    expect(first).not.toBe(app.mainPid)
    process.kill(first ?? -1, 'SIGKILL')
    await expect.poll(() => app.enginePid()).toBeUndefined()
    expect(await analyse()).toBe(true)
    expect(await app.enginePid()).not.toBe(first)
  })
})
