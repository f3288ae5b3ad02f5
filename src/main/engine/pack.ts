/**
 * Opening a model pack. A pack is untrusted input: nothing of it is used before its manifest is parsed, its files are
 * known to lie inside its folder, and their hashes are right (docs/model-pack.md).
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { FoleyError, toReport, type ErrorReport } from '@shared/errors'
import {
  manifestSchema,
  PACK_FORMAT,
  PACK_FORMAT_VERSION,
  type GraphName,
  type GraphSpec,
  type PackManifest
} from '@shared/pack'
import { checkGraphContracts, packGraphs } from './graph-contract'

export interface Pack {
  /** Absolute, symbolic links resolved. */
  readonly directory: string
  readonly manifest: PackManifest
  /** SHA-256 of the manifest's bytes; it covers the graphs, whose hashes stand in the manifest. */
  readonly hash: string
}

/** A folder that calls itself a pack: usable, or refused with the reason. */
export type ListedPack =
  | { readonly path: string; readonly manifest: PackManifest; readonly error?: undefined }
  | { readonly path: string; readonly manifest?: undefined; readonly error: ErrorReport }

const MANIFEST = 'manifest.json'
/** A manifest is a few kilobytes; a huge one is an attack or a mistake. */
const MANIFEST_MAX_BYTES = 4 * 1024 * 1024

const EXPORT_AGAIN = 'Use a pack written by the training package, or copy this one again from where it came from.'

function invalid(directory: string, problem: string, cause?: unknown): FoleyError {
  return new FoleyError('pack.invalid', `The model pack in ${directory} is not valid: ${problem}.`, EXPORT_AGAIN, {
    cause
  })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

async function readManifest(directory: string): Promise<Buffer> {
  const path = join(directory, MANIFEST)
  try {
    const { size } = await stat(path)
    if (size > MANIFEST_MAX_BYTES)
      throw invalid(directory, `${MANIFEST} has ${size} bytes, more than ${MANIFEST_MAX_BYTES}`)
    return await readFile(path)
  } catch (error) {
    if (error instanceof FoleyError) throw error
    throw new FoleyError(
      'pack.not-found',
      isMissing(error)
        ? `There is no model pack in ${directory}: it has no ${MANIFEST}.`
        : `The model pack in ${directory} cannot be read.`,
      'Give the folder that holds manifest.json, or run "foley models" to see the packs that are installed.',
      { cause: error }
    )
  }
}

const headerSchema = z.looseObject({ format: z.literal(PACK_FORMAT), formatVersion: z.number().int() })

/** The version first: a newer format may have any other shape, and its reader should be told so, not shown its keys. */
function parseManifest(directory: string, bytes: Buffer): PackManifest {
  let json: unknown
  try {
    json = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw invalid(directory, `${MANIFEST} is not JSON`, error)
  }
  const header = headerSchema.safeParse(json)
  if (!header.success) throw invalid(directory, explain(header.error), header.error)
  const { formatVersion } = header.data
  if (formatVersion !== PACK_FORMAT_VERSION) {
    throw new FoleyError(
      'pack.version',
      `The model pack in ${directory} has format version ${formatVersion}; this application reads version ${PACK_FORMAT_VERSION}.`,
      formatVersion > PACK_FORMAT_VERSION ? 'Update Foley Studio, or use an older pack.' : EXPORT_AGAIN
    )
  }
  const manifest = manifestSchema.safeParse(json)
  if (!manifest.success) throw invalid(directory, explain(manifest.error), manifest.error)
  return manifest.data
}

/** `graphs.decoder.sha256: Invalid string; ...`: the path of each problem, at most three. */
function explain(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.map(String).join('.') || MANIFEST}: ${issue.message}`)
    .join('; ')
}

/** What a schema of single values cannot say. */
function checkConsistency(directory: string, manifest: PackManifest): void {
  const { latent, window, defaults, syncModes, audio } = manifest
  const { mean, std, bounds } = latent
  const perChannel = { mean, std, ...(bounds && { 'bounds.low': bounds.low, 'bounds.high': bounds.high }) }
  for (const [name, { length: found }] of Object.entries(perChannel)) {
    if (found !== latent.channels) {
      throw invalid(directory, `latent.${name} should have ${latent.channels} values, but has ${found}`)
    }
  }
  if (!Number.isInteger(audio.sampleRate / latent.rateHz)) {
    throw invalid(directory, `latent.rateHz should divide ${audio.sampleRate}, but is ${latent.rateHz}`)
  }
  if (window.overlapSec > window.maxSec / 2) {
    throw invalid(
      directory,
      `window.overlapSec should be at most half of maxSec (${window.maxSec}), but is ${window.overlapSec}`
    )
  }
  if (!syncModes.includes(defaults.syncMode)) {
    throw invalid(directory, `defaults.syncMode should be one of ${syncModes.join(', ')}, but is ${defaults.syncMode}`)
  }
}

/** Reads and checks a pack's manifest, not its graphs. Errors: `pack.not-found`, `pack.version`, `pack.invalid`. */
export async function loadManifest(directory: string): Promise<Pack> {
  const bytes = await readManifest(directory)
  const manifest = parseManifest(directory, bytes)
  checkConsistency(directory, manifest)
  checkGraphContracts(manifest)
  return {
    directory: await realpath(directory),
    manifest,
    hash: createHash('sha256').update(bytes).digest('hex')
  }
}

/** Refuses what is not a regular file that lies in the pack's folder after symbolic links are followed. */
async function locateGraph(pack: Pack, name: GraphName, graph: GraphSpec): Promise<string> {
  const path = join(pack.directory, graph.file)
  let target: string
  try {
    await lstat(path)
    target = await realpath(path)
  } catch (error) {
    throw new FoleyError(
      'pack.graph-missing',
      `The model pack in ${pack.directory} is incomplete: its graph ${name} should be in ${graph.file}, which does not exist.`,
      EXPORT_AGAIN,
      { cause: error }
    )
  }
  if (dirname(target) !== pack.directory)
    throw invalid(pack.directory, `${graph.file} leads out of the pack, to ${target}`)
  if (!(await stat(target)).isFile()) throw invalid(pack.directory, `${graph.file} is not a file`)
  return target
}

async function checkHash(pack: Pack, path: string, graph: GraphSpec, signal?: AbortSignal): Promise<void> {
  const wrong = (what: string, expected: string, got: string): FoleyError =>
    new FoleyError(
      'pack.hash',
      `${graph.file} of the model pack in ${pack.directory} is damaged or was changed: its ${what} should be ${expected}, but is ${got}.`,
      'Copy the pack again from where it came from.'
    )
  const { size } = await stat(path)
  if (size !== graph.bytes) throw wrong('size in bytes', String(graph.bytes), String(size))
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash, signal ? { signal } : {})
  const digest = hash.digest('hex')
  if (digest !== graph.sha256) throw wrong('SHA-256', graph.sha256, digest)
}

/**
 * Opens a pack and checks every graph file. Errors: those of {@link loadManifest}, `pack.graph-missing`, `pack.hash`;
 * an aborted signal throws its reason.
 */
export async function verifyPack(directory: string, signal?: AbortSignal): Promise<Pack> {
  const pack = await loadManifest(directory)
  for (const [name, graph] of packGraphs(pack.manifest)) {
    signal?.throwIfAborted()
    try {
      await checkHash(pack, await locateGraph(pack, name, graph), graph, signal)
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  }
  return pack
}

/** The packs directly under each of `roots`; a root that does not exist holds none. Hashes are not checked here. */
export async function listPacks(roots: readonly string[]): Promise<ListedPack[]> {
  const found: ListedPack[] = []
  for (const root of roots) {
    let names: string[]
    try {
      names = (await readdir(root)).sort()
    } catch {
      continue
    }
    for (const name of names) {
      const path = join(root, name)
      try {
        found.push({ path, manifest: (await loadManifest(path)).manifest })
      } catch (error) {
        const report = toReport(error)
        if (report.code !== 'pack.not-found') found.push({ path, error: report })
      }
    }
  }
  return found
}
