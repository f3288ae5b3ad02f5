import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FIRST_STATE, reachable, readWindowState, writeWindowState } from './window-state'

let folder: string
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'foley-window-'))))
afterAll(() => rm(folder, { recursive: true }))

describe('window state', () => {
  it('comes back as it was written', () => {
    const state = { bounds: { x: 10, y: 20, width: 1200, height: 700 }, isMaximized: true }
    writeWindowState(join(folder, 'window.json'), state)
    expect(readWindowState(join(folder, 'window.json'))).toEqual(state)
  })

  it('begins anew without a file, with a broken one and with a senseless one', async () => {
    await writeFile(join(folder, 'broken.json'), '{"bounds":')
    await writeFile(join(folder, 'tiny.json'), '{"bounds":{"x":0,"y":0,"width":1,"height":1},"isMaximized":false}')
    for (const name of ['none.json', 'broken.json', 'tiny.json']) {
      expect(readWindowState(join(folder, name)), name).toEqual(FIRST_STATE)
    }
  })

  it('is not believed where there is no screen any more', () => {
    const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }]
    const at = (x: number, y: number) => reachable({ x, y, width: 1000, height: 600 }, screens)
    expect(at(100, 100)).not.toBeNull()
    expect(at(-900, 0)).not.toBeNull()
    expect(at(2000, 100)).toBeNull()
    expect(at(-960, 100)).toBeNull()
    expect(at(100, 1070)).toBeNull()
    expect(at(100, -30)).toBeNull()
  })
})
