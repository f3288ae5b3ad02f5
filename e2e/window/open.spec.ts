/** Opening a film, by every way in. Dialogs and drops go through the harness's stubs. */
import type { Page } from '@playwright/test'
import { execa } from 'execa'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test as started } from './fixture'
import { expect, test, type FoleyApp } from './project-fixture'
import { choosePath, nextJob, openFilm } from './project-steps'
import { makeFilm, shownSec, video } from './steps'

const dialogs = (app: FoleyApp): number => app.log.filter(({ api }) => api === 'dialog.showOpenDialog').length

/** The film is on screen, with the whole of the window around it. */
async function expectOpen(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name })).toBeAttached()
  await expect(video(page)).toHaveJSProperty('error', null)
  await expect
    .poll(() => video(page).evaluate((element) => Reflect.get(element, 'videoWidth') as number))
    .toBeGreaterThan(0)
  await expect(page.getByRole('button', { name: 'Generate film' })).toBeEnabled()
}

test('the dialog of Open opens a film; cancelled, it leaves everything as it was', async ({ app, page, films }) => {
  const before = dialogs(app)
  await page.getByRole('button', { name: 'Open film…' }).click()
  await expect.poll(() => dialogs(app)).toBe(before + 1)
  await expect(page.getByRole('button', { name: 'Open film…' })).toBeEnabled()
  await openFilm(app, page, films.silent)
  expect(dialogs(app)).toBe(before + 2)
  await expectOpen(page, 'clip.mp4')
})

test('a film that is dropped on the window opens', async ({ app, page, films }) => {
  const analysed = nextJob(page, 'analyse')
  await app.drop('body', [films.sounding])
  await expectOpen(page, 'sounding.mp4')
  expect(await analysed).toBe('done')
})

test('a film opens again from the list of recent files', async ({ app, page, films }) => {
  await openFilm(app, page, films.silent)
  await page.keyboard.press('ControlOrMeta+w')
  const recent = page.getByRole('region', { name: 'Recent' })
  await recent
    .getByRole('button', { name: /^clip\.mp4/ })
    .first()
    .click()
  await expectOpen(page, 'clip.mp4')
})

started.describe('with words on the command line', () => {
  started.use({ launch: { args: ['samples/stick.mp4'] } })
  started('a film that is named on the command line opens', async ({ page }) => {
    await expectOpen(page, 'stick.mp4')
  })
})

test('a film that Chromium cannot play gets a proxy and plays; the export takes the original', async ({
  app,
  page,
  folder
}) => {
  const moving = ['-f', 'lavfi', '-i', 'testsrc2=s=192x108:r=24:d=2', '-f', 'lavfi', '-i', 'sine=440:r=48000:d=2']
  const film = await makeFilm(folder, 'prores.mov', ...moving, '-c:v', 'prores_ks', '-c:a', 'pcm_s24le')
  const made = nextJob(page, 'proxy')
  await choosePath(app, page, film)
  await expect(page.getByText('Making a preview that plays here…').or(video(page))).toBeVisible()
  expect(await made).toBe('done')
  await expectOpen(page, 'prores.mov')
  await page.keyboard.press('Space')
  await expect.poll(() => shownSec(page)).toBeGreaterThan(0.5)
  await page.keyboard.press('Space')

  // MP4 cannot carry it: it goes to MOV, and the window says so.
  const target = join(folder, 'out.mov')
  await app.stubDialog('showSaveDialog', { canceled: false, filePath: join(folder, 'out.mp4') })
  await page.keyboard.press('ControlOrMeta+e')
  const dialog = page.getByRole('dialog', { name: 'Export' })
  await dialog.getByRole('button', { name: 'Export…' }).click()
  await expect(dialog.getByRole('button', { name: 'Show in folder' })).toBeVisible()
  await expect(dialog).toContainText('MP4 cannot carry prores')
  expect(await picturePackets(target)).toEqual(await picturePackets(film))
})

test('a film that was converted from 30 to 25 frames a second begins with a picture offset, and says why', async ({
  app,
  page,
  folder
}) => {
  const turning = ['-f', 'lavfi', '-i', "testsrc2=s=96x96:r=30000/1001:d=8,rotate=a='t+sin(3*t)':c=gray"]
  await choosePath(app, page, await makeFilm(folder, 'converted.mp4', ...turning, '-r', '25', '-c:v', 'libx264'))
  await expectOpen(page, 'converted.mp4')
  await expect(page.getByRole('button', { name: 'Picture offset: −33 ms' })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Messages' })).toContainText(
    'was converted from 30 to 25 frames a second'
  )
})

test('a preview that was cancelled says so and is made when it is asked for again', async ({ app, page, folder }) => {
  // Long enough for the page to say so before it is done.
  const moving = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=24:d=10']
  const film = await makeFilm(folder, 'cancelled.mov', ...moving, '-c:v', 'prores_ks')
  await page.evaluate(() => {
    const stop = window.foley.on('job', ({ jobId, kind, state }) => {
      if (kind !== 'proxy' || state === 'done') return
      stop()
      void window.foley.request('job:cancel', { jobId })
    })
  })
  await choosePath(app, page, film)
  const failure = page.getByRole('region', { name: 'Picture' }).getByRole('alert')
  await expect(failure).toContainText('Making the preview was cancelled.')
  await failure.getByRole('button', { name: 'Try again' }).click()
  await expect(failure).toBeHidden()
  await expectOpen(page, 'cancelled.mov')
})

test('a film whose picture cannot be decoded says why there is no preview, and tries again when asked', async ({
  app,
  page,
  folder
}) => {
  const moving = ['-f', 'lavfi', '-i', 'testsrc2=s=192x108:r=24:d=1']
  const coding = ['-c:v', 'libx265', '-x265-params', 'log-level=none', '-movflags', '+faststart']
  const film = await makeFilm(folder, 'broken.mov', ...moving, ...coding)
  const intact = await readFile(film)
  // The index says what is there; the picture itself is noise.
  const broken = Buffer.from(intact)
  for (let at = broken.indexOf('mdat') + 4; at < broken.length; at += 1) broken[at] = (at * 167 + 13) % 251
  await writeFile(film, broken)
  await choosePath(app, page, film)
  const failure = page.getByRole('region', { name: 'Picture' }).getByRole('alert')
  await expect(failure).toContainText(/There is no preview\. .*ffmpeg/)
  await expect(failure).toContainText('the export uses the original')
  const again = nextJob(page, 'proxy')
  await failure.getByRole('button', { name: 'Try again' }).click()
  expect(await again).toBe('failed')
  await expect(failure).toContainText('There is no preview.')

  await writeFile(film, intact)
  await failure.getByRole('button', { name: 'Try again' }).click()
  await expect(failure).toBeHidden()
  await expectOpen(page, 'broken.mov')
})

/** Codec and hash of the picture's packets. */
async function picturePackets(path: string): Promise<{ readonly codec: string; readonly hash: string }> {
  const show = ['-select_streams', 'v', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0']
  const { stdout: codec } = await execa('ffprobe', ['-v', 'error', ...show, path])
  const { stdout: hash } = await execa('ffmpeg', [
    '-v',
    'error',
    '-i',
    path,
    '-map',
    '0:v',
    '-c',
    'copy',
    '-f',
    'md5',
    '-'
  ])
  return { codec: codec.trim(), hash }
}

test('a file that is no film is refused with what to do, and the window goes on', async ({
  app,
  page,
  films,
  folder
}) => {
  const bad = join(folder, 'notes.mp4')
  await writeFile(bad, 'Only words.\n'.repeat(99))
  await choosePath(app, page, bad)
  const notice = page.getByRole('alert')
  await expect(notice).toContainText('notes.mp4')
  // Two sentences: what is the matter, and what to do.
  await expect(notice.locator('p')).toHaveCount(2)
  await expect(notice.locator('p').nth(1)).toHaveText(/^[A-Z].*\.$/)
  await openFilm(app, page, films.silent)
  await expectOpen(page, 'clip.mp4')
  await choosePath(app, page, join(folder, 'gone.mp4'))
  await expect(notice.filter({ hasText: 'gone.mp4' })).toBeVisible()
  await expectOpen(page, 'clip.mp4')
  await page.getByRole('button', { name: 'Dismiss' }).first().click()
})
