/** Takes by their names: kept, gone through, renamed, taken off a region and brought back; and what a region sounds like. */
import { join } from 'node:path'
import { expect, test } from './project-fixture'
import { generate, nextJob, openFilm, regions, saveAs, saved } from './project-steps'
import { inspector, onlyRegion, runningJob, takePcm, takeRows, takesOf, undoButton } from './steps'

test.describe('of one region', () => {
  let path = ''
  test.beforeEach(async ({ page, opened }) => {
    path = opened
    await regions(page).click()
    await generate(page)
    await generate(page)
    await expect(takeRows(page)).toHaveCount(3)
  })

  test('brackets go through them in a ring, a click chooses, and undo restores', async ({ page }) => {
    const chosen = (number: number): Promise<void> =>
      expect(takeRows(page).nth(number - 1)).toHaveAttribute('aria-pressed', 'true')
    await chosen(3)
    await page.keyboard.press(']')
    await chosen(1)
    await page.keyboard.press('[')
    await page.keyboard.press('[')
    await chosen(2)
    await takeRows(page).first().click()
    await chosen(1)
    const takes = takesOf(await saved(page, path))
    expect(onlyRegion(await saved(page, path)).takeId).toBe(takes[0]?.id)
    await expect(regions(page)).toHaveAttribute('data-take', takes[0]?.id ?? '')
    await page.keyboard.press('ControlOrMeta+z')
    await chosen(2)
  })

  test('one is renamed; Escape leaves the name, and undo brings it back', async ({ page }) => {
    const field = inspector(page).getByRole('textbox', { name: 'Name of take 2' })
    const rename = async (name: string, key: string): Promise<void> => {
      await inspector(page).getByRole('button', { name: 'Rename take 2' }).click()
      await field.fill(name)
      await field.press(key)
      await expect(field).toHaveCount(0)
    }
    await rename('Dry, close', 'Enter')
    await rename('Another', 'Escape')
    expect(takesOf(await saved(page, path)).map(({ name }) => name)).toEqual(['Take 1', 'Dry, close', 'Take 3'])
    await expect(undoButton(page, 'Rename take')).toBeEnabled()
    await page.keyboard.press('ControlOrMeta+z')
    expect(takesOf(await saved(page, path))[1]?.name).toBe('Take 2')
  })

  test('the one that plays is taken off its region: another plays, and undo brings it back with its sound', async ({
    page
  }) => {
    const before = await saved(page, path)
    const { takeId } = onlyRegion(before)
    const take = takesOf(before).find(({ id }) => id === takeId)
    await inspector(page).getByRole('button', { name: 'Remove take 3' }).click()
    await expect(takeRows(page)).toHaveCount(2)
    expect(onlyRegion(await saved(page, path)).takeIds).not.toContain(takeId)
    await expect(regions(page)).not.toHaveAttribute('data-take', takeId)
    await page.keyboard.press('ControlOrMeta+z')
    await expect(takeRows(page)).toHaveCount(3)
    expect(await saved(page, path)).toEqual(before)
    const sound = await takePcm(page, takeId, take?.fromSample ?? 0, (take?.fromSample ?? 0) + 48_000)
    expect(sound.some((value) => value !== 0)).toBe(true)
  })

  test('pan, solver, a new seed and a typed one are the region’s, one step each', async ({ page }) => {
    const panel = inspector(page)
    const region = async () => onlyRegion(await saved(page, path))
    const { settings } = await region()
    await panel.getByRole('slider', { name: 'Pan' }).press('PageUp')
    expect((await region()).pan).toBe(0.1)
    await panel.getByRole('button', { name: 'More', exact: true }).click()
    const solvers = panel.getByRole('radiogroup', { name: 'Solver' }).getByRole('radio')
    await solvers.and(panel.locator('[aria-checked=false]')).first().click()
    expect((await region()).settings.solver).not.toBe(settings.solver)
    await expect(panel.getByRole('button', { name: 'New seed' })).toBeDisabled()
    // A number that is only looked at stays free.
    await panel.getByRole('button', { name: /^Seed: / }).click()
    await panel.getByRole('slider', { name: 'Pan' }).focus()
    expect((await region()).settings.seedLocked).toBe(false)
    await panel.getByRole('button', { name: /^Seed: / }).click()
    await panel.getByRole('textbox', { name: 'Seed' }).fill('81204')
    await page.keyboard.press('Enter')
    // A number that was typed is meant.
    expect((await region()).settings).toMatchObject({ seed: 81_204, seedLocked: true })
    await panel.getByRole('button', { name: 'New seed' }).click()
    const drawn = (await region()).settings
    expect(drawn.seed).not.toBe(81_204)
    expect(drawn.seedLocked).toBe(true)
    for (const label of ['New seed', 'Change seed', 'Change solver', 'Change pan']) {
      await expect(undoButton(page, label)).toBeEnabled()
      await page.keyboard.press('ControlOrMeta+z')
    }
    expect(await region()).toMatchObject({ pan: 0, settings })
  })
})

test('a project that is saved while sound is generated gets that take too', async ({ app, page, films, folder }) => {
  await openFilm(app, page, films.silent)
  await inspector(page).getByRole('slider', { name: 'Steps' }).press('End')
  const drawn = nextJob(page, 'generate')
  await page.keyboard.press('Shift+g')
  await expect(runningJob(page)).toBeVisible()
  const path = join(folder, 'scene.foley')
  expect((await saveAs(app, page, path)).takes).toEqual({})
  await expect(runningJob(page)).toBeVisible()
  expect(await drawn).toBe('done')
  await expect(regions(page)).toHaveCount(1)
  const takes = takesOf(await saved(page, path))
  expect(takes).toHaveLength(3)
  for (const { id } of takes) {
    expect((await takePcm(page, id, 0, 48_000)).some((value) => value !== 0)).toBe(true)
  }
})
