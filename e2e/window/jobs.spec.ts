/** Long work: told of, in order, cancelled at once, and none the worse for an engine that dies. With the real pack. */
import type { Page } from '@playwright/test'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEFAULT_SETTINGS } from '@shared/settings'
import { expect, test, type FoleyApp } from './project-fixture'
import { generate, nextJob, openFilm, pinned, press, regions, saveAs, saved } from './project-steps'
import { firstTrack, inspector, onlyRegion, runningJob, takesOf, undoButton, watchJobs } from './steps'

test.use({ settings: { ...DEFAULT_SETTINGS, provider: 'cpu' } })

/** Begins three takes of 64 steps, which takes long, and returns the engine's process while it draws them. */
async function beginLongWork(app: FoleyApp, page: Page): Promise<number> {
  await inspector(page).getByRole('slider', { name: 'Steps' }).press('End')
  const updates = await watchJobs(page)
  await page.keyboard.press('Shift+g')
  await expect
    .poll(async () => (await updates()).some(({ phase }) => phase === 'sample'), { intervals: [50] })
    .toBe(true)
  await expect(runningJob(page)).toBeVisible()
  const pid = await app.enginePid()
  if (pid === undefined) throw new Error('no engine runs')
  return pid
}

/** Processor time of a process so far, in hundredths of a second; undefined when it is gone. */
async function ticksOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // Behind the name, which may hold spaces: state, 10 more, then utime and stime.
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  return state === undefined || state === 'Z' ? undefined : Number(fields[10]) + Number(fields[11])
}

test('Escape while a take is drawn leaves the window idle within 300 ms, and the next job works', async ({
  app,
  page,
  films,
  folder
}) => {
  await openFilm(app, page, films.silent)
  await beginLongWork(app, page)
  const idleMs = await page.evaluate(async () => {
    const cancelled = new Promise<void>((resolve) => {
      window.foley.on('job', ({ state }) => state === 'cancelled' && resolve())
    })
    const isBusy = (): boolean =>
      document.querySelector('[aria-label="Running job"]') !== null ||
      [...document.querySelectorAll('aside button.primary')].some((button) => button.matches(':disabled'))
    const began = performance.now()
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', code: 'Escape', bubbles: true }))
    await cancelled
    while (isBusy()) await new Promise(requestAnimationFrame)
    return performance.now() - began
  })
  expect(idleMs).toBeLessThan(300)
  await expect(inspector(page).getByRole('button', { name: 'Generate film' })).toBeEnabled()
  await expect(inspector(page).getByText('Starts after')).toHaveCount(0)
  await expect(page.getByRole('alert')).toHaveCount(0)
  await expect(regions(page)).toHaveCount(0)
  await inspector(page).getByRole('slider', { name: 'Steps' }).press('Home')
  await press(page, 'ArrowRight', 3)
  await generate(page)
  expect(takesOf(await saveAs(app, page, join(folder, 'clip.foley')))).toHaveLength(1)
})

test('the processor is free within a second of a cancel', async ({ app, page, films }) => {
  test.skip(!existsSync('/proc/self/stat'), 'what a process uses is read from /proc, which is not here')
  await openFilm(app, page, films.silent)
  const pid = await beginLongWork(app, page)
  const before = await ticksOf(pid)
  expect(before).toBeGreaterThan(0)
  await runningJob(page)
    .getByRole('button', { name: /^Cancel/ })
    .click()
  await expect(runningJob(page)).toHaveCount(0)
  await page.waitForTimeout(1000)
  const after = await ticksOf(pid)
  await page.waitForTimeout(500)
  // Gone, or asleep.
  expect(((await ticksOf(pid)) ?? 0) - (after ?? 0)).toBeLessThanOrEqual(after === undefined ? 0 : 2)
})

test('an engine that is killed while it draws: the window says why, nothing is lost, and the next job works', async ({
  app,
  page,
  films,
  folder
}) => {
  await openFilm(app, page, films.silent)
  const path = join(folder, 'clip.foley')
  await generate(page)
  await page.keyboard.press('Escape')
  await page.keyboard.press('m')
  await expect(pinned(page)).not.toHaveCount(0)
  await page.keyboard.press('Escape')
  const before = await saveAs(app, page, path)
  await regions(page).click()
  const pid = await beginLongWork(app, page)
  const failed = nextJob(page, 'generate')
  process.kill(pid, 'SIGKILL')
  expect(await failed).toBe('failed')
  // Electron tells the signal as an exit code.
  const notice = page.getByRole('alert').filter({ hasText: /engine's process ended.*(exit code 9|SIGKILL)/ })
  await expect(notice.filter({ hasText: 'Your project is safe' })).toBeVisible()
  await expect(runningJob(page)).toHaveCount(0)
  await expect(undoButton(page, 'Change steps')).toBeEnabled()
  await page.keyboard.press('ControlOrMeta+z')
  expect(await saved(page, path)).toEqual(before)

  await generate(page)
  const after = await saved(page, path)
  expect(onlyRegion(after).takeIds).toHaveLength(2)
  expect(await app.enginePid()).not.toBe(pid)
})

test('two jobs wait for each other and end in order', async ({ app, page, films, folder }) => {
  await openFilm(app, page, films.silent)
  // Long enough to be seen waiting for, on any machine.
  await inspector(page).getByRole('slider', { name: 'Steps' }).press('End')
  const updates = await watchJobs(page)
  await page.keyboard.press('g')
  await expect(runningJob(page)).toBeVisible()
  await expect(inspector(page).getByText('Starts after 1 job')).toBeVisible()
  await page.keyboard.press('g')
  await expect(runningJob(page).getByText('1 more')).toBeVisible()
  await expect.poll(async () => (await updates()).filter(({ state }) => state === 'done').length).toBe(2)
  const seen = await updates()
  const [first, second] = [...new Set(seen.map(({ jobId }) => jobId))]
  const at = (jobId: string | undefined, state: string): number =>
    seen.findIndex((update) => update.jobId === jobId && update.state === state)
  // What it is drawn from is read when its turn comes: the main process hears of it then.
  expect(at(first, 'done')).toBeLessThan(at(second, 'queued'))
  expect(at(second, 'queued')).toBeLessThan(at(second, 'running'))
  await expect(runningJob(page)).toHaveCount(0)
  const takes = takesOf(await saveAs(app, page, join(folder, 'clip.foley')))
  expect(takes.map(({ name }) => name)).toEqual(['Take 1', 'Take 2'])
  expect(takes[0]?.createdAt.localeCompare(takes[1]?.createdAt ?? '')).toBe(-1)
})

test('what waits is cancelled with what runs, one after the other, and never begins', async ({ app, page, films }) => {
  await openFilm(app, page, films.silent)
  await beginLongWork(app, page)
  const updates = await watchJobs(page)
  await page.keyboard.press('g')
  await expect(runningJob(page).getByText('1 more')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(runningJob(page)).toHaveCount(0)
  await expect(regions(page)).toHaveCount(0)
  expect((await updates()).filter(({ state }) => state === 'done')).toEqual([])
})

test.describe('leaving while sound is generated', () => {
  const questions = (app: FoleyApp): string[] =>
    app.log.filter(({ api }) => api === 'dialog.showMessageBox').map(({ args }) => JSON.stringify(args))

  test('asks first; who keeps waiting stays, and the work goes on', async ({ app, page, films }) => {
    await openFilm(app, page, films.silent)
    await beginLongWork(app, page)
    const asked = questions(app).length
    for (const leave of [() => app.pressCloseButton(), () => page.keyboard.press('ControlOrMeta+w')]) {
      const before = questions(app).length
      await app.stubDialog('showMessageBox', { response: 0 })
      await leave()
      await expect.poll(() => questions(app).length).toBe(before + 1)
    }
    expect(
      questions(app)
        .slice(asked)
        .every((question) => question.includes('still being generated'))
    ).toBe(true)
    await expect(runningJob(page)).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(runningJob(page)).toHaveCount(0)
  })

  test('stops it for who wants to leave', async ({ app, page, films }) => {
    await openFilm(app, page, films.silent)
    await beginLongWork(app, page)
    await app.stubDialog('showMessageBox', { response: 1 })
    // More steps are an edit: nothing of it is to be saved.
    await app.stubDialog('showMessageBox', { response: 1 })
    await page.keyboard.press('ControlOrMeta+w')
    await page.getByRole('button', { name: 'Open film…' }).waitFor()
    await expect(runningJob(page)).toHaveCount(0)
    await expect(page.getByRole('alert')).toHaveCount(0)
  })
})

test('progress never goes back, ends at all, and is announced in quarters', async ({ app, page, films, folder }) => {
  await openFilm(app, page, films.silent)
  await inspector(page).getByRole('slider', { name: 'Steps' }).press('End')
  const updates = await watchJobs(page)
  await page.evaluate(() => {
    const shown: number[] = []
    const said: string[] = []
    const live = document.querySelector('[aria-live="polite"]')
    const read = (): void => {
      const value = document.querySelector('header [role="progressbar"]')?.getAttribute('aria-valuenow')
      if (value) shown.push(Number(value))
      if (live?.textContent && live.textContent !== said.at(-1)) said.push(live.textContent)
      requestAnimationFrame(read)
    }
    requestAnimationFrame(read)
    Object.assign(window, { shown, said })
  })
  await generate(page)
  const seen = await updates()
  const isRising = (numbers: readonly number[]): boolean =>
    numbers.every((each, index) => each >= (numbers[index - 1] ?? 0))
  expect(isRising(seen.map(({ fraction }) => fraction))).toBe(true)
  expect(isRising(seen.map(({ elapsedSec }) => elapsedSec))).toBe(true)
  expect(seen[0]).toMatchObject({ state: 'queued', fraction: 0 })
  expect(seen.at(-1)).toMatchObject({ state: 'done', fraction: 1, remainingSec: null })
  expect(seen.filter(({ fraction }) => fraction > 0 && fraction < 1).length).toBeGreaterThan(2)
  expect(seen.map(({ phase }) => phase)).toContain('sample')
  const read = (name: string): Promise<unknown> => page.evaluate((key) => Reflect.get(window, key) as unknown, name)
  await expect.poll(async () => ((await read('said')) as string[]).at(-1)).toBe('Finished, nothing is running')
  const [shown, said] = [(await read('shown')) as number[], (await read('said')) as string[]]
  expect(isRising(shown)).toBe(true)
  expect(new Set(shown).size).toBeGreaterThan(2)
  const spoken = said.flatMap((text) => /^Drawing a take, (\d+) percent$/.exec(text)?.[1] ?? []).map(Number)
  expect(spoken.length).toBeGreaterThan(1)
  expect(spoken.every((percent) => percent % 25 === 0)).toBe(true)
  expect(isRising(spoken)).toBe(true)
  expect(firstTrack(await saveAs(app, page, join(folder, 'clip.foley'))).regions).toHaveLength(1)
})
