/** The host against the real process, built as it ships, and against stand-ins that misbehave. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FoleyError } from '@shared/errors'
import type { EngineFork } from './connection'
import { Engine } from './engine'
import { forkNode } from './fork-node'
import { EngineHost, openEngineHost, type EngineHostOptions } from './host'
import { isEngineEvent, PARTS_IN_FLIGHT } from './protocol'
import {
  buildEngineProcess,
  collect,
  copyPack,
  FIXTURE_PACK,
  inventedFilm,
  movingFrames,
  sameBytes,
  temporaryFolder,
  type DisposableFolder
} from './testing'
import type { GenerationRequest, LoadRequest, RgbFrame } from './types'

const pack: LoadRequest = { packPath: FIXTURE_PACK, provider: 'cpu', threads: 1 }

function request(seconds: number, change: Partial<GenerationRequest> = {}): GenerationRequest {
  const { features } = inventedFilm(seconds)
  return { features, seed: 5, steps: 2, fromLatent: 0, toLatent: seconds * 50, ...change }
}

let entry: DisposableFolder
/** For the tests that leave their process as they found it; starting one takes half a second. */
let shared: EngineHost
const hosts: EngineHost[] = []
beforeAll(async () => {
  entry = await buildEngineProcess()
  shared = new EngineHost({ fork: forkNode(entry.path) })
  await shared.load(pack)
})
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.dispose()
})
afterAll(async () => {
  await shared.dispose()
  await entry[Symbol.asyncDispose]()
})

function hostOf(fork: EngineFork, options: Partial<EngineHostOptions> = {}): EngineHost {
  const host = new EngineHost({ fork, ...options })
  hosts.push(host)
  return host
}

async function loaded(options: Partial<EngineHostOptions> = {}): Promise<EngineHost> {
  const host = hostOf(forkNode(entry.path), options)
  await host.load(pack)
  return host
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('EngineHost with the real process', () => {
  it('encodes and generates the same bytes as the engine in this process', async () => {
    const host = shared
    const engine = await Engine.load(pack)
    const here = await engine.encode(movingFrames(130))
    const there = await host.encode(movingFrames(130))
    expect(there).toEqual(here)
    const film = { ...request(5), features: there.features }
    const take = await collect(host.generate(film))
    expect(sameBytes(take.waveform, (await collect(engine.generate(film))).waveform)).toBe(true)
    const known = { fromLatent: 0, latents: take.latents }
    const region = { ...film, seed: 8, fromLatent: 100, toLatent: 150, known }
    expect(
      sameBytes((await collect(host.generate(region))).latents, (await collect(engine.generate(region))).latents)
    ).toBe(true)
    await engine.dispose()
  })

  it('passes refusals on with their code, action and message, and can go on', async () => {
    const host = await loaded()
    await using newer = await copyPack((manifest) => (manifest['formatVersion'] = 2))
    await expect(collect(host.generate(request(2, { material: 'glass' })))).rejects.toMatchObject({
      name: 'FoleyError',
      code: 'pack.no-material',
      action: expect.stringContaining('Choose') as string
    })
    expect((await collect(host.generate(request(1)))).waveform).toHaveLength(48_000)
    await expect(host.load({ ...pack, packPath: newer.path })).rejects.toMatchObject({ code: 'pack.version' })
    await expect(collect(host.generate(request(1)))).rejects.toMatchObject({ code: 'request.invalid' })
  })

  it('sends views of larger buffers as what they show', async () => {
    const host = shared
    const whole = request(4)
    const view = { features: whole.features.subarray(800), firstFrame: 50 }
    const copy = { features: whole.features.slice(800), firstFrame: 50 }
    const range = { fromLatent: 100, toLatent: 200 }
    const [a, b] = [
      { ...whole, ...view, ...range },
      { ...whole, ...copy, ...range }
    ]
    expect(sameBytes((await collect(host.generate(a))).waveform, (await collect(host.generate(b))).waveform)).toBe(true)
  })

  it('cancels between steps without losing the process', async () => {
    const host = await loaded({ cancelGraceMs: 5000 })
    const { pid } = host
    const controller = new AbortController()
    const parts = host.generate(request(10, { steps: 200 }), {
      signal: controller.signal,
      onProgress: () => controller.abort()
    })
    await expect(collect(parts)).rejects.toMatchObject({ name: 'AbortError' })
    expect((await collect(host.generate(request(1)))).waveform).toHaveLength(48_000)
    expect(host.pid).toBe(pid)
  })

  it('cancels an encoding and ends the stream of frames', async () => {
    const host = shared
    const controller = new AbortController()
    let ended = false
    const stream = async function* (): AsyncGenerator<RgbFrame> {
      try {
        let seen = 0
        for await (const frame of movingFrames(5000)) {
          if (seen++ > 1000) controller.abort()
          yield frame
        }
      } finally {
        ended = true
      }
    }
    await expect(host.encode(stream(), { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' })
    expect(ended).toBe(true)
  })

  it('does not pull frames faster than they are encoded', async () => {
    const host = shared
    let pulled = 0
    let encoded = 0
    let ahead = 0
    const stream = async function* (): AsyncGenerator<RgbFrame> {
      for await (const frame of movingFrames(4000)) {
        pulled += 1
        ahead = Math.max(ahead, pulled - encoded)
        yield frame
      }
    }
    await host.encode(stream(), {
      expectedFrames: 4000,
      onProgress: ({ fraction }) => (encoded = Math.round(fraction * 4000))
    })
    // Four megabytes on their way (342 frames each), one being filled, one chunk in the encoder.
    expect(ahead).toBeLessThan(6 * 342 + 340)
  })

  it('stops producing when nobody takes, and frees the process when the consumer leaves', async () => {
    let parts = 0
    const counting: EngineFork = () => {
      const child = forkNode(entry.path)()
      child.onMessage((message) => {
        if (isEngineEvent(message) && message.type === 'part') parts += 1
      })
      return child
    }
    const host = hostOf(counting)
    await host.load(pack)
    // A minute is 8 windows and 12 chunks of sound: 20 parts.
    const generation = host.generate(request(60, { steps: 1 }))
    await generation.next()
    await sleep(2000)
    expect(parts).toBe(PARTS_IN_FLIGHT)
    await generation.return()
    expect((await collect(host.generate(request(1)))).waveform).toHaveLength(48_000)
  })

  it('lets a second request wait its turn, and a waiting one be cancelled', async () => {
    const host = shared
    const controller = new AbortController()
    const first = collect(host.generate(request(5)))
    const waiting = collect(host.generate(request(5), { signal: controller.signal }))
    const last = collect(host.generate(request(5)))
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
    expect(sameBytes((await last).waveform, (await first).waveform)).toBe(true)
  })

  it('leaves Ctrl-C to whoever started it', async () => {
    process.kill(shared.pid!, 'SIGINT')
    await sleep(100)
    expect((await collect(shared.generate(request(1)))).waveform).toHaveLength(48_000)
  })

  it('says engine.crashed when the process is killed in the middle, and starts it anew', async () => {
    const host = await loaded()
    const pid = host.pid!
    const parts = host.generate(request(10, { steps: 200 }), {
      onProgress: () => isRunning(pid) && process.kill(pid, 'SIGKILL')
    })
    const crash: unknown = await collect(parts).catch((error: unknown) => error)
    expect(crash).toBeInstanceOf(FoleyError)
    expect(crash).toMatchObject({ code: 'engine.crashed', message: expect.stringContaining('SIGKILL') as string })
    expect((await collect(host.generate(request(1)))).waveform).toHaveLength(48_000)
    expect(host.pid).not.toBe(pid)
  })

  it('fails with the error of the stream when the frames fail, and can go on', async () => {
    const host = shared
    const broken = async function* (): AsyncGenerator<RgbFrame> {
      yield* movingFrames(500)
      throw new FoleyError('ffmpeg.failed', 'it broke', 'mend it')
    }
    await expect(host.encode(broken())).rejects.toMatchObject({ code: 'ffmpeg.failed' })
    expect((await host.encode(movingFrames(5))).features).toHaveLength(5 * 16)
  })

  it('leaves no process behind', async () => {
    const { engine, info } = await openEngineHost(forkNode(entry.path), pack)
    expect(info.provider).toBe('cpu')
    const pid = engine.pid!
    await engine.dispose()
    expect(isRunning(pid)).toBe(false)
    await expect(openEngineHost(forkNode(entry.path), { ...pack, packPath: '/nowhere' })).rejects.toMatchObject({
      code: 'pack.not-found'
    })
  })
})

describe('EngineHost with a process that misbehaves', () => {
  /** A process that says it has loaded whatever it is told to, then runs `onGenerate`. */
  async function standIn(folder: DisposableFolder, onGenerate: string): Promise<EngineFork> {
    const path = join(folder.path, 'stand-in.mjs')
    const code = `process.on('message', (m) => {
      if (m.type === 'load') process.send({ type: 'loaded', job: m.job, info: {} })
      if (m.type === 'generate') { ${onGenerate} }
    })`
    await writeFile(path, code)
    return forkNode(path)
  }

  it('kills one that does not hear a cancel, within the grace', async () => {
    await using folder = await temporaryFolder()
    const host = hostOf(await standIn(folder, 'for (;;);'), { cancelGraceMs: 300 })
    await host.load(pack)
    const pid = host.pid!
    const controller = new AbortController()
    const hung = collect(host.generate(request(1), { signal: controller.signal }))
    await sleep(100)
    const started = performance.now()
    controller.abort()
    await expect(hung).rejects.toMatchObject({ name: 'AbortError' })
    // 0.3 s on an idle machine; the rest is for one that is training.
    expect(performance.now() - started).toBeLessThan(2500)
    expect(isRunning(pid)).toBe(false)
    expect(host.pid).toBeUndefined()
  })

  it('tells the exit code, and keeps the last words for the log', async () => {
    await using folder = await temporaryFolder()
    const host = hostOf(
      await standIn(folder, `process.stderr.write('out of memory'); process.exitCode = 9; process.disconnect()`)
    )
    await host.load(pack)
    await expect(collect(host.generate(request(1)))).rejects.toMatchObject({
      code: 'engine.crashed',
      message: expect.stringContaining('exit code 9') as string,
      detail: 'out of memory'
    })
  })

  it('says engine.crashed when it does not even start', async () => {
    await expect(hostOf(forkNode('/nowhere/engine.mjs')).load(pack)).rejects.toMatchObject({ code: 'engine.crashed' })
  })

  it('can be disposed of in the middle of a request', async () => {
    await using folder = await temporaryFolder()
    const host = hostOf(await standIn(folder, 'for (;;);'))
    await host.load(pack)
    const hung = collect(host.generate(request(1)))
    await sleep(100)
    await Promise.all([expect(hung).rejects.toMatchObject({ code: 'engine.crashed' }), host.dispose()])
  })
})
