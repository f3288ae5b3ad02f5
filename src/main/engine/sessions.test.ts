import { cp, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadManifest, verifyPack, type Pack } from './pack'
import { Sessions } from './sessions'
import { float32 } from './tensors'
import { at, copyPack, FIXTURE_PACK } from './testing'

const latents = (count: number): ReturnType<typeof float32> =>
  float32(
    Float32Array.from({ length: count * 128 }, (_, index) => Math.sin(index)),
    1,
    count,
    128
  )

describe('Sessions', () => {
  let pack: Pack
  let sessions: Sessions
  beforeAll(async () => {
    pack = await verifyPack(FIXTURE_PACK)
    sessions = new Sessions(pack, { provider: 'cpu', threads: 1 })
  })
  afterAll(() => sessions.dispose())

  it('loads a graph when it is first run, and again after its memory was given back', async () => {
    const first = await sessions.run('decoder', { latents: latents(12) })
    expect(first.waveform!.dims).toEqual([1, 12 * 960])
    await sessions.release('decoder')
    const second = await sessions.run('decoder', { latents: latents(12) })
    expect(second.waveform!.data).toEqual(first.waveform!.data)
  })

  it('runs the graphs of a generation on zeros', async () => {
    for (const graph of ['visualEncoder', 'conditioner', 'velocity', 'decoder'] as const) {
      await expect(sessions.probe(graph)).resolves.toBeUndefined()
    }
  })

  it('feeds only what a graph lists', async () => {
    const extra = { latents: latents(4), mood: latents(1) }
    expect((await sessions.run('decoder', extra)).waveform!.data).toHaveLength(4 * 960)
  })

  it('refuses a missing input, a wrong shape and free axes that disagree, by name', async () => {
    await expect(sessions.run('decoder', {})).rejects.toThrow(/latents was not given/)
    const narrow = { latents: float32(new Float32Array(64), 1, 1, 64) }
    await expect(sessions.run('decoder', narrow)).rejects.toThrow(
      /latents should be float32 \[B, N, 128\].*\[1, 1, 64\]/
    )
    const short = { latents: float32(new Float32Array(5), 1, 1, 128) }
    await expect(sessions.run('decoder', short)).rejects.toThrow(/5 values/)
    const twoLengths = { latents: latents(4), time: float32(new Float32Array(1), 1), known: latents(5) }
    const refused = sessions.run('velocity', twoLengths)
    await expect(refused).rejects.toThrow(/known should be float32 \[1, 4, 128\]/)
    await expect(refused).rejects.toMatchObject({ code: 'engine.failed' })
  })

  it('forgets a load that failed, so that a retry works', async () => {
    await using copy = await copyPack()
    const path = join(copy.path, 'decoder.onnx')
    await rename(path, `${path}.away`)
    const retried = new Sessions(await loadManifest(copy.path), { provider: 'cpu', threads: 1 })
    await expect(retried.run('decoder', { latents: latents(2) })).rejects.toMatchObject({ code: 'engine.failed' })
    await rename(`${path}.away`, path)
    expect((await retried.run('decoder', { latents: latents(2) })).waveform!.data).toHaveLength(1920)
    await retried.dispose()
  })

  it('refuses a file that is no graph, and keeps what the runtime said as detail', async () => {
    await using copy = await copyPack()
    await writeFile(join(copy.path, 'decoder.onnx'), 'no graph')
    const broken = new Sessions(await loadManifest(copy.path), { provider: 'cpu', threads: 1 })
    const error: unknown = await broken.open('decoder').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'engine.failed', detail: expect.stringMatching(/protobuf/i) as string })
  })

  it('refuses a file whose inputs are not those of the manifest', async () => {
    await using copy = await copyPack((manifest) => (at(manifest, 'graphs', 'decoder')['file'] = 'other.onnx'))
    await cp(join(copy.path, 'audio-encoder.onnx'), join(copy.path, 'other.onnx'))
    const swapped = new Sessions(await loadManifest(copy.path), { provider: 'cpu', threads: 1 })
    const refused = swapped.open('decoder')
    await expect(refused).rejects.toMatchObject({ code: 'pack.invalid' })
    await expect(refused).rejects.toThrow(/inputs of other\.onnx should be latents .*but are waveform/)
  })

  it('cannot start an accelerator that is not there, and says so instead of running elsewhere', async () => {
    const absent = process.platform === 'win32' ? 'coreml' : 'dml'
    const wrong = new Sessions(pack, { provider: absent })
    await expect(wrong.open('decoder')).rejects.toMatchObject({ code: 'engine.failed' })
  })
})
