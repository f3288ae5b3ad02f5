/** Drawing a part again: nothing else changes, and the part joins what is around it. */
import { join } from 'node:path'
import { DEFAULT_SETTINGS } from '@shared/settings'
import { expect, test } from './project-fixture'
import { generate, nextJob, openFilm, regions, saveAs, saved } from './project-steps'
import {
  bendsAt,
  differing,
  FILM_SAMPLES,
  firstTrack,
  FRAME_SAMPLES,
  inspector,
  loudestFrame,
  markFrames,
  trackSound,
  undoButton
} from './steps'

/** Frames among which each seam is put where the sound is loudest: a seam in silence would show nothing. */
const [FIRST, SECOND] = [
  [4, 20],
  [26, 46]
] as const

for (const { pack, settings } of [
  { pack: 'the real pack', settings: { ...DEFAULT_SETTINGS, provider: 'cpu' as const } },
  { pack: 'a pack that draws noise', settings: undefined }
]) {
  test.describe(`with ${pack}`, () => {
    if (settings) test.use({ settings })

    test('a part of a region is drawn again: not one sample outside it changes, and it joins without a click', async ({
      app,
      page,
      films,
      folder
    }) => {
      await openFilm(app, page, films.silent)
      await generate(page)
      const path = join(folder, 'clip.foley')
      const before = await trackSound(page, await saveAs(app, page, path))
      const [from, to] = [loudestFrame(before, ...FIRST), loudestFrame(before, ...SECOND)]
      const [fromSample, toSample] = [from * FRAME_SAMPLES, to * FRAME_SAMPLES]
      await markFrames(page, from, to - 1)
      await expect(page.getByRole('button', { name: 'Regenerate marked range' })).toBeVisible()
      await generate(page)
      const document = await saved(page, path)
      expect(firstTrack(document).regions.map(({ fromSample, toSample }) => [fromSample, toSample])).toEqual([
        [0, fromSample],
        [fromSample, toSample],
        [toSample, FILM_SAMPLES]
      ])
      const after = await trackSound(page, document)
      expect(differing(after.subarray(0, fromSample), before.subarray(0, fromSample))).toBe(0)
      expect(differing(after.subarray(toSample), before.subarray(toSample))).toBe(0)
      // Where it is silent, silence stays.
      expect(differing(after.subarray(fromSample, toSample), before.subarray(fromSample, toSample))).toBeGreaterThan(
        FRAME_SAMPLES
      )
      for (const seam of [fromSample, toSample]) {
        const bends = bendsAt(after, seam)
        expect(bends.around).toBeGreaterThan(0)
        expect(bends.seam).toBeLessThanOrEqual(bends.around)
      }
    })
  })
}

test('undo brings back the region that was there and its takes, redo the new ones', async ({ page, opened: path }) => {
  const before = await saved(page, path)
  const sound = await trackSound(page, before)
  await markFrames(page, 25, 49)
  const marked = await saved(page, path)
  const job = nextJob(page, 'generate')
  await inspector(page).getByRole('button', { name: '3 takes' }).click()
  expect(await job).toBe('done')
  await expect(regions(page)).toHaveCount(3)
  const after = await saved(page, path)
  expect(firstTrack(after).regions[1]?.takeIds).toHaveLength(3)
  const again = await trackSound(page, after)

  await page.keyboard.press('ControlOrMeta+z')
  await expect(regions(page)).toHaveCount(1)
  const undone = await saved(page, path)
  expect(undone).toEqual(marked)
  expect(differing(await trackSound(page, undone), sound)).toBe(0)
  await page.keyboard.press('ControlOrMeta+Shift+z')
  await expect(regions(page)).toHaveCount(3)
  const redone = await saved(page, path)
  expect(redone).toEqual(after)
  expect(differing(await trackSound(page, redone), again)).toBe(0)
})

test('a selected region is drawn again as a whole and keeps its takes, its gain and its neighbours', async ({
  page,
  opened: path
}) => {
  await regions(page).click()
  await inspector(page).getByRole('slider', { name: 'Gain' }).press('PageDown')
  const [before] = firstTrack(await saved(page, path)).regions
  await generate(page)
  const [after, ...others] = firstTrack(await saved(page, path)).regions
  if (!before || !after) throw new Error('the region is gone')
  expect(others).toEqual([])
  expect(after.id).toBe(before.id)
  expect(after.takeIds.slice(0, -1)).toEqual(before.takeIds)
  expect(after.takeId).toBe(after.takeIds.at(-1))
  expect(after.gainDb).toBe(-5)
  await expect(undoButton(page, 'Regenerate')).toBeEnabled()
})

test('a range that is marked beside the region that was just drawn is what is drawn next', async ({
  page,
  opened: path
}) => {
  await markFrames(page, 10, 19)
  await generate(page)
  const selected = regions(page).and(page.locator('.selected'))
  await expect(selected).toHaveCount(1)
  await markFrames(page, 40, 49)
  await expect(selected).toHaveCount(0)
  await generate(page)
  const edges = firstTrack(await saved(page, path)).regions.map(({ fromSample, toSample }) => [
    fromSample / FRAME_SAMPLES,
    toSample / FRAME_SAMPLES
  ])
  expect(edges).toEqual([
    [0, 10],
    [10, 20],
    [20, 40],
    [40, 50],
    [50, FILM_SAMPLES / FRAME_SAMPLES]
  ])
})
