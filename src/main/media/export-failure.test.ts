import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { foleyFor } from '../../test/exported'
import { smallDisk } from '../../test/small-disk'
import { exportFilm, type ExportRequest, planExport } from './export'
import { probe } from './probe'
import { findTools, type MediaTools } from './tools'

let tools: MediaTools
beforeAll(async () => {
  tools = await findTools()
})

describe('exportFilm when it fails', () => {
  const attempt = async (
    target: string,
    options: Partial<ExportRequest> = {},
    signal?: AbortSignal
  ): Promise<unknown> => {
    const film = await probe(await clips.longNtscFilm(), tools)
    const foley = await foleyFor(film)
    const plan = planExport(film, target)
    const request = { film, plan, foleyPath: foley.path, original: 'replace', gainDb: 0, ...options } as const
    return exportFilm(request, tools, signal)
  }
  /** In a folder of its own: other test files write to the run's folder at the same time. */
  const alone = async (): Promise<string> => {
    const folder = clips.scratch('alone')
    await mkdir(folder)
    return join(folder, 'kept.mp4')
  }
  const besides = async (target: string): Promise<string[]> =>
    (await readdir(dirname(target))).filter((name) => name.startsWith('.foley-'))

  it('leaves the earlier file and nothing else when it is aborted, within a second', async () => {
    const target = await alone()
    await writeFile(target, 'an earlier film')
    const controller = new AbortController()
    let began = 0
    const onFraction = (): void => {
      began ||= performance.now()
      controller.abort()
    }
    await expect(attempt(target, { onFraction }, controller.signal)).rejects.toMatchObject({ name: 'AbortError' })
    expect(performance.now() - began).toBeLessThan(1000)
    expect(await readFile(target, 'utf8')).toBe('an earlier film')
    expect(await besides(target)).toEqual([])
  })

  it('leaves the earlier file when ffmpeg fails', async () => {
    const target = await alone()
    await writeFile(target, 'an earlier film')
    const film = await probe(await clips.longNtscFilm(), tools)
    const broken = { ...film, video: { ...film.video!, index: 7 } }
    await expect(attempt(target, { film: broken })).rejects.toMatchObject({ code: 'ffmpeg.failed' })
    expect(await readFile(target, 'utf8')).toBe('an earlier film')
    expect(await besides(target)).toEqual([])
  })

  it('reports a growing share that ends at 1', async () => {
    const seen: number[] = []
    await attempt(clips.scratch('out.mp4'), { onFraction: (fraction) => seen.push(fraction) })
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(1)
  })

  it('tells a full disk from any other failure (needs to mount one)', async (context) => {
    const disk = await smallDisk(1024, context)
    const target = join(disk, 'out.mp4')
    await attempt(target)
    const { size } = await stat(target)
    const earlier = await readFile(target)
    // Room for half of the film; and for all of it but the index, where ffmpeg 5.1 ends with status 0.
    for (const room of [size / 2, size - 8192]) {
      await writeFile(join(disk, 'filler'), Buffer.alloc(1_048_576 - size - Math.ceil(room)))
      await expect(attempt(target)).rejects.toMatchObject({ code: 'output.disk-full' })
      expect(await readdir(disk)).toEqual(['filler', 'out.mp4'])
      expect(await readFile(target)).toEqual(earlier)
    }
  })
})
