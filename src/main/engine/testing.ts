/** For tests only: the fixture pack, copies of it to break, films to encode, and the built entry of the process. */
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import type { Sound, SoundFilter } from './sound'
import type { EncodedFilm, GeneratedPart, GenerationSummary, RgbFrame } from './types'

export const FIXTURE_PACK = resolve('e2e/fixtures/pack')
export const FIXTURE_GOLDEN = resolve('e2e/fixtures/pack-golden.json')

/** A manifest to be broken: any JSON object. */
export type LooseManifest = Record<string, unknown>

/** A copy of the fixture pack with its manifest changed; `path` is its folder. To be disposed of. */
export async function copyPack(
  change: (manifest: LooseManifest) => unknown = () => undefined
): Promise<DisposableFolder> {
  const folder = await temporaryFolder()
  await cp(FIXTURE_PACK, folder.path, { recursive: true })
  const path = join(folder.path, 'manifest.json')
  const manifest: unknown = JSON.parse(await readFile(path, 'utf8'))
  if (!isObject(manifest)) throw new Error('the fixture has no manifest')
  change(manifest)
  await writeFile(path, JSON.stringify(manifest))
  return folder
}

export interface DisposableFolder extends AsyncDisposable {
  readonly path: string
}

export async function temporaryFolder(): Promise<DisposableFolder> {
  const path = await mkdtemp(join(tmpdir(), 'foley-engine-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object at a path of keys of a loose manifest. */
export function at(value: unknown, ...keys: readonly string[]): Record<string, unknown> {
  let found = value
  for (const key of keys) found = isObject(found) ? found[key] : undefined
  if (!isObject(found)) throw new Error(`nothing at ${keys.join('.')}`)
  return found
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Frames of the fixture's size whose picture changes all the time, so that a shifted or lost frame shows. */
export async function* movingFrames(count: number, size = 32): AsyncGenerator<RgbFrame, void, undefined> {
  for (let frame = 0; frame < count; frame += 1) {
    // As in a real stream: the next frame is not there yet.
    if (frame % 10 === 0) await Promise.resolve()
    const rgb = new Uint8Array(3 * size * size)
    for (let index = 0; index < rgb.length; index += 1) {
      rgb[index] = 128 + 127 * Math.sin(0.37 * index + 0.9 * frame + 0.001 * frame * index)
    }
    yield { rgb }
  }
}

/** A film that needs no encoder: smooth features of the fixture's width on its grid. */
export function inventedFilm(seconds: number, rateHz = 25, channels = 16): EncodedFilm {
  const frames = Math.round(seconds * rateHz)
  return {
    features: Float32Array.from({ length: frames * channels }, (_, index) => Math.sin(0.37 * index)),
    suggestedSync: []
  }
}

export interface Collected {
  readonly latents: Float32Array
  readonly waveform: Float32Array
  readonly fromSample: number
  readonly summary: GenerationSummary
  /** Lengths of the waveform's parts. */
  readonly chunks: readonly number[]
}

/** All parts of a generation, joined; throws when they are not in order and without gap. */
export async function collect(parts: AsyncIterable<GeneratedPart>, channels = 128): Promise<Collected> {
  const latents: Float32Array[] = []
  const waveform: Float32Array[] = []
  let fromSample: number | undefined
  let nextSample: number | undefined
  let nextLatent: number | undefined
  let summary: GenerationSummary | undefined
  for await (const part of parts) {
    if (part.kind === 'summary') summary = part.summary
    else if (part.kind === 'latents') {
      if (nextLatent !== undefined && part.fromLatent !== nextLatent) throw new Error('latents out of order')
      nextLatent = part.fromLatent + part.latents.length / channels
      latents.push(part.latents)
    } else {
      if (nextSample !== undefined && part.fromSample !== nextSample) throw new Error('waveform out of order')
      fromSample ??= part.fromSample
      nextSample = part.fromSample + part.samples.length
      waveform.push(part.samples)
    }
  }
  if (!summary || fromSample === undefined) throw new Error('a generation ends with its summary')
  const chunks = waveform.map((part) => part.length)
  return { latents: joined(latents), waveform: joined(waveform), fromSample, summary, chunks }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  let largest = 0
  for (let index = 0; index < a.length; index += 1) largest = Math.max(largest, Math.abs(a[index]! - b[index]!))
  return largest
}

/** Equal to the last bit. (`toEqual` on a minute of sound takes seconds.) */
export function sameBytes(a: Float32Array, b: Float32Array): boolean {
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Builds `process.ts` as the command line ships it; returns the built file. The folder lies where imports resolve. */
export async function buildEngineProcess(): Promise<DisposableFolder> {
  const folder = resolve('node_modules/.cache/foley-engine', `${process.pid}-${Date.now()}`)
  await mkdir(folder, { recursive: true })
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': resolve('src/shared') } },
    build: {
      ssr: resolve('src/main/engine/process.ts'),
      target: 'node20',
      outDir: folder,
      minify: false,
      rolldownOptions: { output: { format: 'es', entryFileNames: 'engine-process.mjs' } }
    }
  })
  return {
    path: join(folder, 'engine-process.mjs'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true })
  }
}

/** `samples` through a filter in parts of `size`. What comes back must follow on itself and be as long. */
export function filtered(filter: SoundFilter, samples: Float32Array, size = samples.length): Float32Array {
  const out = new Float32Array(samples.length)
  let next = 0
  const put = (part: Sound): void => {
    if (part.fromSample !== next) throw new Error(`a part begins at ${part.fromSample}, the one before ends at ${next}`)
    out.set(part.samples, part.fromSample)
    next += part.samples.length
  }
  for (let at = 0; at < samples.length; at += size) {
    put(filter.push({ fromSample: at, samples: samples.slice(at, at + size) }))
  }
  put(filter.finish())
  if (next !== samples.length) throw new Error(`${samples.length} samples went in, ${next} came back`)
  return out
}
