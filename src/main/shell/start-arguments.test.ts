import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openPathOf } from './start-arguments'

const folder = resolve('.')
const film = resolve('package.json')

describe('openPathOf', () => {
  it('finds the file among switches, relative to where the person was', () => {
    const argv = ['/opt/foley-studio', '--enable-x', 'nowhere.mp4', 'src', 'package.json', 'tsconfig.json']
    expect(openPathOf({ argv, folder, isPackaged: true })).toBe(film)
    expect(openPathOf({ argv, folder: resolve('src'), isPackaged: true })).toBeNull()
  })

  it('does not take the application for a film', () => {
    expect(openPathOf({ argv: ['electron', 'package.json'], folder, isPackaged: false })).toBeNull()
    expect(openPathOf({ argv: ['electron', '--x', '.', 'package.json'], folder, isPackaged: false })).toBe(film)
  })
})
