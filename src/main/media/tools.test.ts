import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  lateFilm,
  matroska,
  scratch,
  timecodeFilm,
  transportStream,
  trimmedFilm,
  variableRateFilm
} from '../../test/clips'
import { probe } from './probe'
import { findTools, fpsModeFlag, installedPackage, probePackage } from './tools'

/** The machine's own programs, to stand in for those of other places. */
let real: { ffmpeg: string; ffprobe: string }
beforeAll(async () => {
  const which = async (name: string): Promise<string> => (await execa('which', [name])).stdout
  real = { ffmpeg: await which('ffmpeg'), ffprobe: await which('ffprobe') }
})

async function folderWith(...programs: ('ffmpeg' | 'ffprobe')[]): Promise<string> {
  const folder = scratch('bin')
  await mkdir(folder)
  for (const program of programs) await symlink(real[program], join(folder, program))
  return folder
}

const nothingInstalled = (): undefined => undefined

describe('findTools', () => {
  it('takes the variables first', async () => {
    const [chosen, path] = [await folderWith('ffmpeg', 'ffprobe'), await folderWith('ffmpeg', 'ffprobe')]
    const env = { FFMPEG_BIN: join(chosen, 'ffmpeg'), FFPROBE_BIN: join(chosen, 'ffprobe'), PATH: path }
    const tools = await findTools({ env, packageFolder: () => path })
    expect(tools).toEqual({ ffmpeg: env.FFMPEG_BIN, ffprobe: env.FFPROBE_BIN, fpsModeFlag: '-fps_mode' })
  })

  it('then what was installed with us, then PATH; ffprobe beside ffmpeg before PATH before the package', async () => {
    const [installed, path] = [await folderWith('ffmpeg'), await folderWith('ffmpeg', 'ffprobe')]
    const onlyStatic = (name: string): string | undefined => (name === 'ffmpeg-static' ? installed : undefined)
    expect(await findTools({ env: { PATH: path }, packageFolder: onlyStatic })).toMatchObject({
      ffmpeg: join(installed, 'ffmpeg'),
      ffprobe: join(path, 'ffprobe')
    })
    expect(await findTools({ env: { PATH: path }, packageFolder: nothingInstalled })).toMatchObject({
      ffmpeg: join(path, 'ffmpeg'),
      ffprobe: join(path, 'ffprobe')
    })
    const probeOnly = await folderWith('ffprobe')
    const packages = (name: string): string => (name === 'ffmpeg-static' ? installed : probeOnly)
    expect(await findTools({ env: { PATH: '' }, packageFolder: packages })).toMatchObject({
      ffmpeg: join(installed, 'ffmpeg'),
      ffprobe: join(probeOnly, 'ffprobe')
    })
  })

  it('passes over what does not run: a cut-off download, a file without permission', async () => {
    const [broken, path] = [scratch('broken'), await folderWith('ffmpeg', 'ffprobe')]
    await mkdir(broken)
    await writeFile(join(broken, 'ffmpeg'), 'not a program')
    await chmod(join(broken, 'ffmpeg'), 0o755)
    await copyFile(real.ffprobe, join(broken, 'ffprobe'))
    await chmod(join(broken, 'ffprobe'), 0o644)
    const tools = await findTools({ env: { PATH: `${broken}:${path}` }, packageFolder: () => broken })
    expect(tools).toMatchObject({ ffmpeg: join(path, 'ffmpeg'), ffprobe: join(path, 'ffprobe') })
  })

  it('refuses a variable that names nothing, although there is another', async () => {
    const path = await folderWith('ffmpeg', 'ffprobe')
    const finding = findTools({ env: { PATH: path, FFMPEG_BIN: '/nowhere/ffmpeg' }, packageFolder: nothingInstalled })
    await expect(finding).rejects.toMatchObject({
      code: 'ffmpeg.missing',
      message: 'FFMPEG_BIN is set to /nowhere/ffmpeg, which does not run.'
    })
  })

  it('says what is missing and what to do', async () => {
    const without = (env: NodeJS.ProcessEnv): Promise<unknown> => findTools({ env, packageFolder: nothingInstalled })
    await expect(without({ PATH: '/nowhere' })).rejects.toMatchObject({
      code: 'ffmpeg.missing',
      message: 'ffmpeg was not found on this machine.',
      action: expect.stringContaining('FFMPEG_BIN') as string
    })
    await expect(without({ PATH: await folderWith('ffmpeg') })).rejects.toMatchObject({
      message: 'ffprobe was not found on this machine.'
    })
  })
})

it.skipIf(installedPackage(probePackage(process.platform)) === undefined)(
  'the packaged ffprobe agrees with the machine’s own',
  async () => {
    const tools = await findTools()
    const packaged = { ...tools, ffprobe: join(installedPackage(probePackage(process.platform))!, 'ffprobe') }
    await chmod(packaged.ffprobe, 0o755)
    for (const make of [transportStream, lateFilm, trimmedFilm, variableRateFilm, matroska, timecodeFilm]) {
      const path = await make()
      expect(await probe(path, packaged)).toEqual(await probe(path, tools))
    }
  }
)

it('fpsModeFlag follows the version', () => {
  const flag = (version: string): string => fpsModeFlag(`ffmpeg version ${version} Copyright (c) 2000-2026`)
  expect(['4.4.2-0ubuntu0.22.04.1', '5.0.1', 'n4.3'].map(flag)).toEqual(['-vsync', '-vsync', '-vsync'])
  expect(['5.1.9-0+deb12u1', '6.0-static', 'n7.1', '8.0', 'N-66595-gc2b38619c0-static'].map(flag)).toEqual(
    Array.from({ length: 5 }, () => '-fps_mode')
  )
})
