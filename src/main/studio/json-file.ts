/** Small JSON files of ours: written in one step; one that is broken counts as absent, and the log is told. */
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { z } from 'zod'
import { makeFolder, writeInto } from '../media/output'
import type { StudioPorts } from './ports'

export async function readJson<T>(path: string, schema: z.ZodType<T>, log: StudioPorts['log']): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    log('warn', `${path} cannot be used and is ignored`, error)
    return undefined
  }
}

/** @throws FoleyError `output.*` */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await makeFolder(dirname(path))
  await writeInto(path, `${JSON.stringify(value, null, 2)}\n`)
}
