import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../engine/testing'
import { openPathOf } from './start-arguments'

const folder = resolve('.')
const film = resolve('package.json')

describe('openPathOf', () => {
  it('finds the file among switches, relative to where the person was', () => {
    const argv = ['/opt/foley-studio', '--enable-x', 'nowhere.mp4', 'src', 'package.json', 'tsconfig.json']
    expect(openPathOf({ argv, folder, isPackaged: true })).toBe(film)
    expect(openPathOf({ argv, folder: resolve('src'), isPackaged: true })).toBeNull()
  })

  it('takes an address, as file managers give it', async () => {
    await using scratch = await temporaryFolder()
    const path = join(scratch.path, 'a film #1.mp4')
    await writeFile(path, '')
    const start = (word: string) => openPathOf({ argv: ['foley-studio', word], folder, isPackaged: true })
    expect(start(pathToFileURL(path).href)).toBe(path)
    expect(start('file://elsewhere/film.mp4')).toBeNull()
  })

  it('does not take the application for a film', () => {
    expect(openPathOf({ argv: ['electron', 'package.json'], folder, isPackaged: false })).toBeNull()
    expect(openPathOf({ argv: ['electron', '--x', '.', 'package.json'], folder, isPackaged: false })).toBe(film)
  })
})
