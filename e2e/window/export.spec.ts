/** What leaves the window: the film, stems, lists, and what is dragged out. */
import type { Locator, Page } from '@playwright/test'
import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, type FoleyApp } from './project-fixture'
import { loudnessOf, picturePackets, soundOf, soundSamples, streamsOf, toneLevel } from './media-files'
import { boxOf, goToFrame, nextJob, readProject, regions, tabTo } from './project-steps'
import { differing, FRAME_SAMPLES, inspector, runningJob } from './steps'

/** The tone of the film's own sound: an eighth of full scale (ffmpeg's `sine`) less 20 dB. */
const TONE = { hertz: 440, level: 0.0125 }

let project = ''
let film = ''
let target = ''
test.beforeEach(async ({ page, folder, opened }) => {
  project = opened
  film = join(folder, 'clip.mp4')
  target = join(folder, 'out.mp4')
  await expect(regions(page)).toHaveCount(1)
})

const dialogOf = (page: Page): Locator => page.getByRole('dialog', { name: 'Export' })
const choose = (page: Page, group: string, choice: string): Promise<void> =>
  dialogOf(page).getByRole('radiogroup', { name: group }).getByRole('radio', { name: choice, exact: true }).click()

async function openDialog(page: Page): Promise<Locator> {
  await page.keyboard.press('ControlOrMeta+e')
  await expect(dialogOf(page)).toBeVisible()
  return dialogOf(page)
}

/** Begins the export; the system's dialog answers with `path`. */
async function begin(app: FoleyApp, page: Page, path: string): Promise<void> {
  await app.stubDialog('showSaveDialog', { canceled: false, filePath: path })
  await dialogOf(page).getByRole('button', { name: 'Export…' }).click()
}

async function finish(app: FoleyApp, page: Page): Promise<void> {
  await begin(app, page, target)
  await expect(dialogOf(page).getByRole('button', { name: 'Done' })).toBeVisible()
}

test('the film keeps every packet of its picture and gets the timeline’s sound, to the sample', async ({
  app,
  page
}) => {
  await openDialog(page)
  await finish(app, page)
  expect(await picturePackets(target)).toBe(await picturePackets(film))
  expect(await streamsOf(target)).toEqual(['h264', 'aac'])
  const { media } = await readProject(project)
  expect(await soundSamples(target)).toBe(media.durationSamples)
  expect((await soundOf(target)).length).toBeGreaterThanOrEqual(media.durationSamples)
  await dialogOf(page).getByRole('button', { name: 'Done' }).click()
  await expect(dialogOf(page)).toBeHidden()
})

test('the original sound is replaced, mixed in, or kept as a second track', async ({ app, page }) => {
  const dialog = await openDialog(page)
  await choose(page, 'Original sound', 'Replace')
  await finish(app, page)
  expect(toneLevel(await soundOf(target), TONE.hertz)).toBeLessThan(TONE.level / 20)

  await dialog.getByRole('button', { name: 'Export again…' }).click()
  await choose(page, 'Original sound', 'Mix')
  await finish(app, page)
  expect(await streamsOf(target)).toEqual(['h264', 'aac'])
  expect(toneLevel(await soundOf(target), TONE.hertz) / TONE.level).toBeCloseTo(1, 1)

  await dialog.getByRole('button', { name: 'Export again…' }).click()
  await choose(page, 'Original sound', 'Second track')
  await finish(app, page)
  expect(await streamsOf(target)).toEqual(['h264', 'aac', 'aac'])
  expect(toneLevel(await soundOf(target, 0), TONE.hertz)).toBeLessThan(TONE.level / 20)
  expect(toneLevel(await soundOf(target, 1), TONE.hertz) / TONE.level).toBeCloseTo(1, 1)
})

test('the original sound steps back where the new one plays', async ({ app, page }) => {
  // The fixture pack's noise is too quiet to give way to.
  for (const what of [regions(page), page.getByRole('button', { name: 'Track Foley 1' })]) {
    await what.click()
    await inspector(page).getByRole('slider', { name: 'Gain' }).press('End')
  }
  const dialog = await openDialog(page)
  await choose(page, 'Original sound', 'Mix')
  await finish(app, page)
  const mixed = toneLevel(await soundOf(target), TONE.hertz)
  await dialog.getByRole('button', { name: 'Export again…' }).click()
  await choose(page, 'Original sound', 'Duck')
  await finish(app, page)
  expect(await streamsOf(target)).toEqual(['h264', 'aac'])
  expect(toneLevel(await soundOf(target), TONE.hertz)).toBeLessThan(mixed * 0.7)
})

test('−16 LUFS is reached, and what was measured is shown', async ({ app, page }) => {
  const dialog = await openDialog(page)
  await choose(page, 'Loudness', '−16')
  await finish(app, page)
  const measured = await loudnessOf(target)
  expect(Math.abs(measured + 16)).toBeLessThanOrEqual(0.5)
  await expect(dialog).toContainText(/Measured: −1[56]\.\d LUFS, true peak −\d+\.\d dBTP/)
  const [, shown] = /Measured: −([\d.]+) LUFS/.exec((await dialog.textContent()) ?? '') ?? []
  expect(Math.abs(measured + Number(shown))).toBeLessThanOrEqual(0.15)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('contentinfo')).toContainText(`−${shown} LUFS`)
})

test('stems, onsets and sync points, and markers are written beside the film', async ({ app, page, folder }) => {
  const dialog = await openDialog(page)
  for (const name of ['Stems', 'Onsets and sync points', 'Markers']) {
    await dialog.getByRole('switch', { name }).click()
  }
  const before = await readdir(folder)
  await finish(app, page)
  const names = ['out.mp4', 'out - Foley 1.wav', 'out.csv', 'out.edl']
  await expect(dialog.getByRole('list', { name: 'Also written' }).getByRole('listitem')).toHaveText(names.slice(1))
  expect((await readdir(folder)).filter((name) => !before.includes(name)).toSorted()).toEqual(names.toSorted())
  const document = await readProject(project)
  expect(await streamsOf(join(folder, 'out - Foley 1.wav'))).toEqual(['pcm_s24le'])
  expect(await soundOf(join(folder, 'out - Foley 1.wav'))).toHaveLength(document.media.durationSamples)
  const [head, ...rows] = (await readFile(join(folder, 'out.csv'), 'utf8')).trim().split('\n')
  expect(head).toBe('time_sec,timecode,kind,track,level_db,probability')
  const onsets = Object.values(document.takes).flatMap(({ attacks }) => attacks)
  expect(rows).toHaveLength(document.syncMarks.length + onsets.length)
  const edl = await readFile(join(folder, 'out.edl'), 'utf8')
  expect(edl).toContain('FCM: NON-DROP FRAME')
  expect(edl.match(/\* LOC: /g)).toHaveLength(rows.length)
})

test('over the film itself is refused, with what to do', async ({ app, page, folder }) => {
  const before = await readFile(film)
  const dialog = await openDialog(page)
  await begin(app, page, film)
  const alert = dialog.getByRole('alert')
  await expect(alert).toContainText('is the input itself')
  await expect(alert).toContainText('Choose another name')
  await expect(dialog.getByRole('button', { name: 'Export…' })).toBeEnabled()
  expect(await readFile(film)).toEqual(before)
  expect(await readdir(folder)).toEqual(['clip.foley', 'clip.mp4', 'clip.takes'])
})

test('a cancelled export leaves no file', async ({ app, page, folder }) => {
  const dialog = await openDialog(page)
  await choose(page, 'Loudness', '−16')
  await dialog.getByRole('switch', { name: 'Stems' }).click()
  const before = await readdir(folder)
  const ended = nextJob(page, 'export')
  await begin(app, page, target)
  // Once there is something to cancel, without waiting for the button to stand still: a short film is soon exported.
  await dialog.getByRole('button', { name: 'Cancel export', disabled: false }).dispatchEvent('click')
  await expect(dialog.getByRole('button', { name: 'Export…' })).toBeVisible()
  expect(await ended).toBe('cancelled')
  await expect.poll(() => readdir(folder)).toEqual(before)
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('an export goes on without its dialog, says when it is done, and its result stays', async ({ app, page }) => {
  const dialog = await openDialog(page)
  await choose(page, 'Loudness', '−16')
  const ended = nextJob(page, 'export')
  await begin(app, page, target)
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  expect(await ended).toBe('done')
  const notice = page
    .getByRole('region', { name: 'Messages' })
    .getByRole('listitem')
    .filter({ hasText: 'Exported out.mp4' })
  await notice.getByRole('button', { name: 'Show in folder' }).click()
  await expect.poll(() => app.log).toContainEqual({ api: 'shell.showItemInFolder', args: [target] })
  for (let times = 0; times < 2; times += 1) {
    await openDialog(page)
    await expect(dialog).toContainText('Measured: −1')
    await dialog.getByRole('button', { name: 'Done' }).click()
  }
})

test.describe('leaving during an export', () => {
  const questions = (app: FoleyApp): string[] =>
    app.log.filter(({ api }) => api === 'dialog.showMessageBox').map(({ args }) => JSON.stringify(args))

  test('asks first; who waits stays, and the film is written', async ({ app, page }) => {
    await openDialog(page)
    await choose(page, 'Loudness', '−16')
    const ended = nextJob(page, 'export')
    await begin(app, page, target)
    await expect(runningJob(page)).toBeVisible()
    await app.stubDialog('showMessageBox', { response: 0 })
    await app.pressCloseButton()
    await expect.poll(() => questions(app).length).toBe(1)
    expect(questions(app)[0]).toContain('The export is still running')
    expect(await ended).toBe('done')
    expect(await picturePackets(target)).toBe(await picturePackets(film))
    await expect(regions(page)).toHaveCount(1)
  })

  test('stops it for who leaves, and no file is left', async ({ app, page, folder }) => {
    const before = await readdir(folder)
    await openDialog(page)
    await choose(page, 'Loudness', '−16')
    await app.stubDialog('showMessageBox', { response: 1 })
    // What was chosen for the export is an edit: nothing of it is to be saved.
    await app.stubDialog('showMessageBox', { response: 1 })
    await begin(app, page, target)
    await page.keyboard.press('Escape')
    await page.keyboard.press('ControlOrMeta+w')
    await page.getByRole('button', { name: 'Open film…' }).waitFor()
    expect(questions(app)[0]).toContain('The export is still running')
    await expect.poll(() => readdir(folder)).toEqual(before)
    await expect(page.getByRole('alert')).toHaveCount(0)
  })
})

test('“Show in folder” shows the film in the file manager', async ({ app, page }) => {
  const dialog = await openDialog(page)
  await finish(app, page)
  await dialog.getByRole('button', { name: 'Show in folder' }).click()
  await expect.poll(() => app.log).toContainEqual({ api: 'shell.showItemInFolder', args: [target] })
})

test('a region and a track are saved as WAV files without a pointer, the same that a drag gives', async ({
  app,
  page,
  folder
}) => {
  const { media, tracks } = await readProject(project)
  const [region] = tracks[0]?.regions ?? []
  if (!region) throw new Error('the drawn project has a region')
  await goToFrame(page, 30)
  await page.keyboard.press('b')
  await expect(regions(page)).toHaveCount(2)
  const notice = page.getByRole('region', { name: 'Messages' }).getByRole('listitem')
  const save = async (name: string, press: () => Promise<void>): Promise<string> => {
    // A name without an extension gets one.
    await app.stubDialog('showSaveDialog', { canceled: false, filePath: join(folder, name) })
    await press()
    await expect(notice.filter({ hasText: `Exported ${name}.wav.` })).toBeVisible()
    return join(folder, `${name}.wav`)
  }
  const second = await save('second', () => page.keyboard.press('ControlOrMeta+Shift+e'))
  expect(await streamsOf(second)).toEqual(['pcm_s24le'])
  const part = await soundOf(second)
  expect(part).toHaveLength(media.durationSamples - 30 * FRAME_SAMPLES)
  await page.keyboard.press('Escape')
  const track = await save('track', () => page.keyboard.press('ControlOrMeta+Shift+e'))
  const whole = await soundOf(track)
  expect(whole).toHaveLength(media.durationSamples)
  expect(differing(whole.subarray(30 * FRAME_SAMPLES), part)).toBe(0)
  // The grip of a track does it too, with Enter.
  await tabTo(page, page.getByRole('button', { name: 'Drag Foley 1 out as a WAV file' }))
  const again = await save('again', () => page.keyboard.press('Enter'))
  expect(await readFile(again)).toEqual(await readFile(track))
  await notice.filter({ hasText: 'again.wav' }).getByRole('button', { name: 'Show in folder' }).click()
  await expect.poll(() => app.log).toContainEqual({ api: 'shell.showItemInFolder', args: [again] })
})

/** Files of the native drags that were started. */
const dragged = (app: FoleyApp): string[] =>
  app.log
    .filter(({ api }) => api === 'webContents.startDrag')
    .map(({ args: [item] }) => String(typeof item === 'object' && item && 'file' in item ? item.file : item))

test('a region and a track are dragged out of the window as WAV files', async ({ app, page }) => {
  const { tracks } = await readProject(project)
  const [region] = tracks[0]?.regions ?? []
  if (!region) throw new Error('the drawn project has a region')
  const dragOut = async (grip: Locator): Promise<string> => {
    const count = dragged(app).length
    const { x, y } = await boxOf(grip)
    await page.mouse.move(x + 8, y + 8)
    await page.mouse.down()
    // A few pixels first, as a hand does: the grip is there while the pointer is on its region.
    await page.mouse.move(x + 14, y + 8, { steps: 3 })
    await page.mouse.move(700, 300, { steps: 4 })
    await expect.poll(() => dragged(app).length).toBe(count + 1)
    await page.mouse.up()
    return dragged(app).at(-1) ?? ''
  }
  await regions(page).hover()
  const one = await dragOut(regions(page).getByRole('button', { name: /^Drag .* out as a WAV file$/ }))
  expect(one).toMatch(/clip - Foley 1 00\.00\.00\.00\.wav$/)
  expect(await soundOf(one)).toHaveLength(region.toSample - region.fromSample)
  await page.getByRole('button', { name: 'Track Foley 1' }).hover()
  const whole = await dragOut(page.getByRole('button', { name: 'Drag Foley 1 out as a WAV file' }))
  await access(whole)
  expect(whole).not.toBe(one)
})
