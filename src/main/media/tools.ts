/** Finds ffmpeg and ffprobe on this machine. */
import { access, constants } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { FoleyError } from '@shared/errors'
import { runTool } from './spawn'

export interface MediaTools {
  /** Absolute path, or what FFMPEG_BIN says. */
  readonly ffmpeg: string
  readonly ffprobe: string
  /** `-fps_mode` came with ffmpeg 5.1; before it was `-vsync`, which later versions drop. */
  readonly fpsModeFlag: '-fps_mode' | '-vsync'
}

/** Where to look: the environment, and the folder of an installed package (undefined when it is not installed). */
export interface ToolPlaces {
  readonly env: NodeJS.ProcessEnv
  readonly packageFolder: (name: string) => string | undefined
  readonly platform: NodeJS.Platform
}

/**
 * [Note: why @ffprobe-installer] ffmpeg-static brings no ffprobe. A demuxer in JavaScript (mediabunny) would be a second
 * reading of every file, with its own opinion of start times and edit lists, and none of AVI or MXF; ffprobe is the very
 * library that decodes afterwards. @ffprobe-installer carries one binary per platform inside npm packages, so that it
 * installs wherever npm itself works, with no download from elsewhere.
 */
export const probePackage = (platform: string): string => `@ffprobe-installer/${platform}-${process.arch}`

const SET_UP =
  'Install ffmpeg (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg) or set FFMPEG_BIN and FFPROBE_BIN to the two programs.'

/**
 * ffmpeg: FFMPEG_BIN, ffmpeg-static's file if it was downloaded, PATH. ffprobe: FFPROBE_BIN, beside ffmpeg, PATH,
 * @ffprobe-installer's file. A variable that is set is binding: what it names must run.
 *
 * @throws FoleyError `ffmpeg.missing`
 */
export async function findTools(places: Partial<ToolPlaces> = {}): Promise<MediaTools> {
  const { env, packageFolder, platform }: ToolPlaces = {
    env: process.env,
    packageFolder: installedPackage,
    platform: process.platform,
    ...places
  }
  const file = (name: string): string => (platform === 'win32' ? `${name}.exe` : name)
  const inPackage = (name: string, program: string): string[] => {
    const folder = packageFolder(name)
    return folder === undefined ? [] : [join(folder, file(program))]
  }
  const onPath = (program: string): string[] =>
    (env['PATH'] ?? env['Path'] ?? '')
      .split(delimiter)
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, file(program)))

  const ffmpeg = await firstThatRuns('ffmpeg', env['FFMPEG_BIN'], () => [
    ...inPackage('ffmpeg-static', 'ffmpeg'),
    ...onPath('ffmpeg')
  ])
  const ffprobe = await firstThatRuns('ffprobe', env['FFPROBE_BIN'], () => [
    join(dirname(ffmpeg.path), file('ffprobe')),
    ...onPath('ffprobe'),
    ...inPackage(probePackage(platform), 'ffprobe')
  ])
  return { ffmpeg: ffmpeg.path, ffprobe: ffprobe.path, fpsModeFlag: fpsModeFlag(ffmpeg.banner) }
}

/** Builds from git carry a hash where releases carry a number; they are newer than 5.1. */
export function fpsModeFlag(banner: string): MediaTools['fpsModeFlag'] {
  const version = /^ffmpeg version n?(\d+)\.(\d+)/.exec(banner)
  if (!version) return '-fps_mode'
  const [major, minor] = [Number(version[1]), Number(version[2])]
  return major > 5 || (major === 5 && minor >= 1) ? '-fps_mode' : '-vsync'
}

interface Found {
  readonly path: string
  readonly banner: string
}

async function firstThatRuns(name: string, chosen: string | undefined, others: () => string[]): Promise<Found> {
  const variable = `${name.toUpperCase()}_BIN`
  const paths = chosen === undefined || chosen === '' ? others() : [chosen]
  for (const path of paths) {
    const banner = await bannerOf(path)
    if (banner !== undefined) return { path, banner }
  }
  if (chosen !== undefined && chosen !== '') {
    throw new FoleyError('ffmpeg.missing', `${variable} is set to ${chosen}, which does not run.`, SET_UP)
  }
  throw new FoleyError('ffmpeg.missing', `${name} was not found on this machine.`, SET_UP)
}

/** What the program says of itself, or undefined when there is none there that runs. */
async function bannerOf(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK)
    return (await runTool(path, ['-version'])).stdout
  } catch {
    return undefined
  }
}

/** The folder of a package, where programs in it can be run; undefined when it is not installed. */
export function installedPackage(name: string): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
    // Electron cannot run a program from inside its archive; the packager leaves these outside.
    return dirname(manifest).replace(/app\.asar(?!\.unpacked)/, 'app.asar.unpacked')
  } catch {
    return undefined
  }
}
