import { cp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ERROR_EXIT, type ErrorCode, type ErrorReport } from '@shared/errors'
import { audioOnly, emptyFile, silentFilm, textFile, truncatedFilm } from '../src/test/clips'
import { smallDisk } from '../src/test/small-disk'
import { FIXTURE_PACK, foley, freshFolder, generate, generateArguments, type Ran } from './foley'

function expectRefusal(ran: Ran, code: ErrorCode): ErrorReport {
  expect(ran.stderr).toContain(`[${code}]`)
  expect(ran.exitCode).toBe(ERROR_EXIT[code])
  const { error } = JSON.parse(ran.stdout) as { error: ErrorReport }
  expect(error.code).toBe(code)
  // A sentence that says what to do.
  expect(error.action).toMatch(/^[A-Z].{8,}[.;]/)
  return error
}

describe('a film that cannot be used', () => {
  it.each<[ErrorCode, string, () => Promise<string>]>([
    ['input.not-media', 'words', textFile],
    ['input.no-video', 'sound alone', audioOnly],
    ['input.empty', 'nothing', emptyFile],
    ['input.unreadable', 'a path that is not there', () => Promise.resolve('no-such-film.mp4')]
  ])('%s: %s', async (code, _what, make) => {
    const folder = await freshFolder('input')
    const output = join(folder, 'out.mp4')
    await writeFile(output, 'earlier')
    expectRefusal(await foley(generateArguments(await make(), output)), code)
    expect(await readdir(folder)).toEqual(['out.mp4'])
    expect(await readFile(output, 'utf8')).toBe('earlier')
  })

  it('a truncated one works up to its last good frame, with a warning', async () => {
    const folder = await freshFolder('truncated')
    const result = await generate(await truncatedFilm(), join(folder, 'out.mp4'))
    expect(result.durationSec).toBeGreaterThan(0.5)
    expect(result.durationSec).toBeLessThan(2.9)
    expect(result.warnings).not.toEqual([])
  })
})

describe('an output that cannot be written', () => {
  it('the input itself, also through a link', async () => {
    const folder = await freshFolder('same')
    const film = join(folder, 'film.mp4')
    await writeFile(film, await readFile(await silentFilm()))
    await symlink(film, join(folder, 'link.mp4'))
    for (const output of [film, join(folder, 'link.mp4')]) {
      expectRefusal(await foley(generateArguments(film, output)), 'output.same-as-input')
    }
    expect((await readFile(film)).equals(await readFile(await silentFilm()))).toBe(true)
  })

  it('a folder that is not there', async () => {
    const output = join(await freshFolder('gone'), 'no', 'out.mp4')
    expectRefusal(await foley(generateArguments(await silentFilm(), output)), 'output.unwritable')
  })

  it('an extension that carries no film', async () => {
    const output = join(await freshFolder('ext'), 'out.gif')
    expectRefusal(await foley(generateArguments(await silentFilm(), output)), 'request.unsupported')
  })
})

describe('a pack that cannot be used', () => {
  async function broken(change: (folder: string) => Promise<void>): Promise<Ran> {
    const folder = await freshFolder('pack')
    await cp(FIXTURE_PACK, join(folder, 'pack'), { recursive: true })
    await change(join(folder, 'pack'))
    return foley(generateArguments(await silentFilm(), join(folder, 'out.mp4'), '--model', join(folder, 'pack')))
  }
  const edit = async (folder: string, change: (manifest: Record<string, unknown>) => void): Promise<void> => {
    const path = join(folder, 'manifest.json')
    const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    change(manifest)
    await writeFile(path, JSON.stringify(manifest))
  }

  it('corrupt', async () => {
    expectRefusal(await broken((folder) => writeFile(join(folder, 'velocity.onnx'), 'not a graph')), 'pack.hash')
  })
  it('incomplete', async () => {
    expectRefusal(await broken((folder) => rm(join(folder, 'decoder.onnx'))), 'pack.graph-missing')
  })
  it('newer', async () => {
    const ran = await broken((folder) => edit(folder, (manifest) => (manifest['formatVersion'] = 99)))
    expect(expectRefusal(ran, 'pack.version').message).toContain('99')
  })
  it('malformed', async () => {
    expectRefusal(await broken((folder) => edit(folder, (manifest) => delete manifest['latent'])), 'pack.invalid')
  })
  it('absent', async () => {
    const output = join(await freshFolder('absent'), 'out.mp4')
    expectRefusal(await foley(generateArguments(await silentFilm(), output, '--model', 'nowhere')), 'pack.not-found')
  })
})

describe('a request that makes no sense', () => {
  it('is told by the option that was typed, with where to look', async () => {
    const folder = await freshFolder('words')
    const ran = await foley(generateArguments(await silentFilm(), join(folder, 'out.mp4'), '--gain-db', '99'))
    expect(expectRefusal(ran, 'request.range').message).toBe('--gain-db should be at most 24, but is 99.')
    const incomplete = await foley(['generate', 'film.mp4'])
    expect(incomplete.exitCode).toBe(ERROR_EXIT['request.invalid'])
    expect(incomplete.stderr).toContain('Run "foley generate --help"')
    const ignored = await foley(
      generateArguments(await silentFilm(), join(folder, 'out.mp4'), '--sync', '1', '--sync-mode', 'off')
    )
    expect(expectRefusal(ignored, 'request.invalid').message).toContain('--sync-mode off')
    const unknown = await foley(['frobnicate'])
    expect(unknown.stderr).toContain('Run "foley --help"')
  })

  it.each([
    ['--guidance', '99'],
    ['--steps', '0'],
    ['--steps', '2.5'],
    ['--takes', '17'],
    ['--seed', '-1'],
    ['--gain-db', '80'],
    ['--picture-offset', '-25'],
    ['--from', '99'],
    ['--sync', '99']
  ])('%s %s', async (option, value) => {
    const output = join(await freshFolder('range'), 'out.mp4')
    const ran = await foley(generateArguments(await silentFilm(), output, option, value))
    expect(ran.exitCode).toBe(2)
    expect(ran.stderr).toMatch(/\[request\.(range|invalid)\]/)
  })

  it.each([
    ['--provider', 'abacus'],
    ['--solver', 'guess'],
    ['--sync', '1.5@loud'],
    ['--stem', 'stem.mp3'],
    ['--onsets', 'onsets.txt']
  ])('%s %s is refused with what is valid, as an object too', async (option, value) => {
    const output = join(await freshFolder('word'), 'out.mp4')
    const ran = await foley(generateArguments(await silentFilm(), output, option, value))
    const { message } = expectRefusal(ran, 'request.invalid')
    expect(message).toMatch(/It is one of|Points are|It is a number|should end in/)
  })

  it('an option that does not exist', async () => {
    const ran = await foley(generateArguments('film.mp4', 'out.mp4', '--sed', '7'))
    const { message, action } = expectRefusal(ran, 'request.invalid')
    expect(message).toMatch(/^Unknown option '--sed'/)
    expect(action).toContain('foley generate --help')
    expect(ran.stderr.trim().split('\n')).toHaveLength(1)
  })

  it('a provider that this machine has not', async () => {
    const output = join(await freshFolder('provider'), 'out.mp4')
    const other = process.platform === 'win32' ? 'coreml' : 'dml'
    const ran = await foley(generateArguments(await silentFilm(), output, '--provider', other))
    expectRefusal(ran, 'engine.provider')
  })
})

describe('a machine that lacks something', () => {
  it('ffmpeg', async () => {
    const output = join(await freshFolder('ffmpeg'), 'out.mp4')
    const ran = await foley(generateArguments(await silentFilm(), output), { FFMPEG_BIN: join(output, 'nothing') })
    expectRefusal(ran, 'ffmpeg.missing')
  })

  it('room on the disk (needs to mount one): nothing is left, and every earlier file is as it was', async (context) => {
    const disk = await smallDisk(300, context)
    const [output, stem] = [join(disk, 'out.mp4'), join(await freshFolder('stem'), 'stem.wav')]
    await writeFile(output, 'earlier')
    // Sound of 3 s is 432 kB; the film would fit, and the stem goes to another disk.
    const ran = await foley(generateArguments(await silentFilm(), output, '--stem', stem))
    expectRefusal(ran, 'output.disk-full')
    expect(await readdir(disk)).toEqual(['out.mp4'])
    expect(await readFile(output, 'utf8')).toBe('earlier')
  })

  it('room on the disk of the stem (needs to mount one): the film is not replaced either', async (context) => {
    const disk = await smallDisk(300, context)
    const folder = await freshFolder('film')
    const output = join(folder, 'out.mp4')
    await writeFile(output, 'earlier')
    const ran = await foley(generateArguments(await silentFilm(), output, '--stem', join(disk, 'stem.wav')))
    expectRefusal(ran, 'output.disk-full')
    expect(await readdir(disk)).toEqual([])
    expect(await readdir(folder)).toEqual(['out.mp4'])
    expect(await readFile(output, 'utf8')).toBe('earlier')
  })
})
