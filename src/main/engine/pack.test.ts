import { readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listPacks, loadManifest, verifyPack } from './pack'
import { at, copyPack, FIXTURE_PACK, sha256, temporaryFolder, type LooseManifest } from './testing'

async function refusal(change: (manifest: LooseManifest) => unknown): Promise<unknown> {
  await using pack = await copyPack(change)
  return await verifyPack(pack.path).catch((error: unknown) => error)
}

describe('verifyPack', () => {
  it('accepts the fixture and hashes its manifest', async () => {
    const pack = await verifyPack(FIXTURE_PACK)
    expect(pack.manifest.id).toBe('fixture')
    expect(pack.hash).toBe(sha256(await readFile(join(FIXTURE_PACK, 'manifest.json'))))
  })

  it('says pack.not-found for a folder without a manifest and for no folder', async () => {
    await using folder = await temporaryFolder()
    await expect(verifyPack(folder.path)).rejects.toMatchObject({ code: 'pack.not-found' })
    await expect(verifyPack(join(folder.path, 'none'))).rejects.toMatchObject({ code: 'pack.not-found' })
    await expect(verifyPack(join(FIXTURE_PACK, 'manifest.json'))).rejects.toMatchObject({ code: 'pack.not-found' })
  })

  it('says pack.version for a newer format, whatever else has changed in it', async () => {
    const error = await refusal((manifest) => {
      manifest['formatVersion'] = 2
      manifest['novelty'] = true
      delete manifest['latent']
    })
    expect(error).toMatchObject({ code: 'pack.version', action: expect.stringContaining('Update') as string })
    expect(String(error)).toMatch(/version 2.*reads version 1/)
  })

  it.each<readonly [string, RegExp, (manifest: LooseManifest) => unknown]>([
    ['another format', /format/, (m) => (m['format'] = 'zip')],
    ['an unknown key', /novelty/, (m) => (m['novelty'] = 1)],
    ['a missing key, by its path', /visual\.rateHz/, (m) => delete at(m, 'visual')['rateHz']],
    [
      'a path for a name',
      /graphs\.decoder\.file.*bare/,
      (m) => (at(m, 'graphs', 'decoder')['file'] = '../decoder.onnx')
    ],
    ['an absolute path', /graphs\.decoder\.file/, (m) => (at(m, 'graphs', 'decoder')['file'] = '/etc/passwd')],
    ['too few statistics', /latent\.mean.*128.*2/, (m) => (at(m, 'latent')['mean'] = [0, 0])],
    [
      'too few bounds',
      /latent\.bounds\.high.*128.*1/,
      (m) => (at(m, 'latent')['bounds'] = { low: Array<number>(128).fill(-3), high: [3] })
    ],
    ['a latent rate without whole samples', /latent\.rateHz/, (m) => (at(m, 'latent')['rateHz'] = 49)],
    ['an overlap that leaves no room', /overlapSec/, (m) => (at(m, 'window')['overlapSec'] = 9)],
    ['a default that it does not have', /defaults\.syncMode/, (m) => (m['syncModes'] = ['hints'])],
    [
      'a feature width that the graph has not',
      /features.*\[T, 99\].*\[T, 16\]/,
      (m) => (at(m, 'visual')['featureChannels'] = 99)
    ],
    ['impact bins without a head', /impact/, (m) => (at(m, 'visual')['impactBins'] = 4)],
    ['an input that nobody can feed', /inputs\.mood.*latents/, (m) => renameFirstInput(m, 'decoder', 'mood')],
    ['guidance that no graph takes', /velocity\.guidance.*input/, (m) => (m['guidance'] = 'embedded')],
    [
      'guidance twice, by the graph and beside it',
      /guidance should be embedded.*cfg/,
      (m) => addInput(m, 'velocity', { name: 'guidance', type: 'float32', axes: ['B'] })
    ],
    [
      'a graph without its main output',
      /waveform/,
      (m) => (at(m, 'graphs', 'decoder')['outputs'] = at(m, 'graphs', 'decoder')['inputs'])
    ]
  ])('says pack.invalid for %s', async (_, message, change) => {
    const error = await refusal(change)
    expect(error).toMatchObject({ code: 'pack.invalid' })
    expect(String(error)).toMatch(message)
  })

  it('says pack.invalid for what is not JSON, and for a huge manifest', async () => {
    await using pack = await copyPack()
    const manifest = join(pack.path, 'manifest.json')
    await writeFile(manifest, '{"format": ')
    await expect(verifyPack(pack.path)).rejects.toMatchObject({ code: 'pack.invalid' })
    await truncate(manifest, 5 * 1024 * 1024)
    await expect(verifyPack(pack.path)).rejects.toThrow(/5242880 bytes/)
  })

  it('says pack.graph-missing for an incomplete pack', async () => {
    await using pack = await copyPack()
    await rm(join(pack.path, 'velocity.onnx'))
    const refused = verifyPack(pack.path)
    await expect(refused).rejects.toMatchObject({ code: 'pack.graph-missing' })
    await expect(refused).rejects.toThrow(/velocity/)
  })

  it('says pack.hash for a changed byte and for a changed length', async () => {
    await using pack = await copyPack()
    const path = join(pack.path, 'decoder.onnx')
    const bytes = await readFile(path)
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(path, bytes)
    await expect(verifyPack(pack.path)).rejects.toMatchObject({
      code: 'pack.hash',
      message: expect.stringContaining('SHA-256') as string
    })
    await truncate(path, 100)
    await expect(verifyPack(pack.path)).rejects.toMatchObject({
      code: 'pack.hash',
      message: expect.stringContaining('bytes') as string
    })
  })

  it('refuses a link out of the pack, even to the right file, and follows one to the pack itself', async () => {
    await using pack = await copyPack()
    const path = join(pack.path, 'decoder.onnx')
    await rm(path)
    await symlink(join(FIXTURE_PACK, 'decoder.onnx'), path)
    await expect(verifyPack(pack.path)).rejects.toMatchObject({
      code: 'pack.invalid',
      message: expect.stringContaining('leads out') as string
    })
    await using folder = await temporaryFolder()
    await symlink(FIXTURE_PACK, join(folder.path, 'linked'))
    expect((await verifyPack(join(folder.path, 'linked'))).directory).toBe(FIXTURE_PACK)
  })

  it('stops when it is aborted', async () => {
    await expect(verifyPack(FIXTURE_PACK, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('loadManifest', () => {
  it('does not look at the graphs', async () => {
    await using pack = await copyPack()
    await rm(join(pack.path, 'velocity.onnx'))
    expect((await loadManifest(pack.path)).manifest.id).toBe('fixture')
  })
})

describe('listPacks', () => {
  it('lists what calls itself a pack, the refused with their reason, and skips the rest', async () => {
    await using root = await temporaryFolder()
    await using good = await copyPack()
    await using newer = await copyPack((manifest) => (manifest['formatVersion'] = 9))
    await symlink(good.path, join(root.path, 'a'))
    await symlink(newer.path, join(root.path, 'b'))
    await writeFile(join(root.path, 'notes.txt'), 'not a pack')
    const packs = await listPacks([root.path, join(root.path, 'no-such-root')])
    expect(packs.map(({ path, manifest, error }) => [path.slice(-1), manifest?.id, error?.code])).toEqual([
      ['a', 'fixture', undefined],
      ['b', undefined, 'pack.version']
    ])
  })
})

function renameFirstInput(manifest: LooseManifest, graph: string, name: string): void {
  const { inputs } = at(manifest, 'graphs', graph)
  if (Array.isArray(inputs)) at({ first: inputs[0] as unknown }, 'first')['name'] = name
}

function addInput(manifest: LooseManifest, graph: string, input: object): void {
  const { inputs } = at(manifest, 'graphs', graph)
  if (Array.isArray(inputs)) inputs.push(input)
}
