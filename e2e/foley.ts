/** Runs the built command line as a person would: another process, its exit status, what it printed. */
import { execa } from 'execa'
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { GenerateResult } from '@shared/requests'
import { scratch } from '../src/test/clips'

export const FIXTURE_PACK = resolve('e2e/fixtures/pack')
const ENTRY = resolve('out/cli/index.mjs')

export interface Ran {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

export async function foley(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [ENTRY, ...args], { reject: false, env })
  return { exitCode, stdout, stderr }
}

/** Starts it and leaves it running: for what is interrupted. */
export function startFoley(args: readonly string[]): { interrupt: () => void; ended: Promise<Ran> } {
  const child = execa(process.execPath, [ENTRY, ...args], { reject: false })
  const ended = child.then(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr }))
  return { interrupt: () => void child.kill('SIGINT'), ended }
}

/** `generate` with the fixture pack on the CPU, two steps; `--json`. */
export const generateArguments = (film: string, output: string, ...more: readonly string[]): string[] => [
  'generate',
  film,
  ...['-o', output, '--model', FIXTURE_PACK, '--provider', 'cpu', '--steps', '2', '--json'],
  ...more
]

export async function generate(film: string, output: string, ...more: readonly string[]): Promise<GenerateResult> {
  const ran = await foley(generateArguments(film, output, ...more))
  if (ran.exitCode !== 0) throw new Error(`foley generate ended with status ${ran.exitCode}: ${ran.stderr}`)
  return JSON.parse(ran.stdout) as GenerateResult
}

/** The packets of the picture, in order: time, length and content. */
export async function picturePackets(film: string): Promise<string> {
  const entries = 'packet=pts_time,dts_time,size,flags,data_hash'
  const show = ['-show_data_hash', 'md5', '-show_entries', entries, '-of', 'csv=p=0']
  return (await execa('ffprobe', ['-v', 'error', '-select_streams', 'v:0', ...show, film])).stdout
}

/** A fresh folder of its own. */
export async function freshFolder(name: string): Promise<string> {
  const folder = scratch(name)
  await mkdir(folder)
  return folder
}
