/** Project documents: a new one for a film, and what a file must be to be one. Pure. */
import { z } from 'zod'
import { FoleyError } from '@shared/errors'
import type { PackManifest } from '@shared/pack'
import {
  type MediaRef,
  PROJECT_FORMAT,
  PROJECT_VERSION,
  type ProjectDocument,
  projectSchema,
  type Track
} from '@shared/project'

export type PackDefaults = Pick<PackManifest['defaults'], 'guidance' | 'steps' | 'solver' | 'syncMode'>

/** For a film that is opened while no pack can be read. */
export const FALLBACK_DEFAULTS: PackDefaults = { guidance: 4, steps: 16, solver: 'euler', syncMode: 'off' }

export interface Chance {
  readonly newId: () => string
  /** uint32 */
  readonly newSeed: () => number
}

/** One empty track, so that Generate works at once. */
export function newDocument(
  media: MediaRef,
  defaults: PackDefaults,
  { newId, newSeed }: Chance,
  pictureOffsetSamples = 0
): ProjectDocument {
  const { guidance, steps, solver, syncMode } = defaults
  return {
    format: PROJECT_FORMAT,
    version: PROJECT_VERSION,
    id: newId(),
    media,
    original: { gainDb: 0, muted: false, solo: false },
    tracks: [{ id: newId(), name: 'Foley 1', hue: 0, gainDb: 0, muted: false, solo: false, regions: [] }],
    takes: {},
    syncMarks: [],
    pictureOffsetSamples,
    range: { inSample: null, outSample: null, loop: false },
    settings: { guidance, steps, solver, syncMode, seed: newSeed(), seedLocked: false, material: null },
    exports: { original: 'replace', loudness: 'off', stems: false, csv: false, edl: false }
  }
}

const headerSchema = z.looseObject({ format: z.literal(PROJECT_FORMAT), version: z.number().int() })

/**
 * The document in a file's text; `path` is for the message. The version is looked at first: a newer format may have any
 * other shape, and its reader should be told so, not shown its keys.
 *
 * @throws FoleyError `project.invalid`, `project.version`
 */
export function parseDocument(text: string, path: string): ProjectDocument {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw invalid(path, 'it is not JSON', error)
  }
  return documentFrom(json, path)
}

/** The same for JSON that is already parsed. */
export function documentFrom(json: unknown, path: string): ProjectDocument {
  const header = headerSchema.safeParse(json)
  if (!header.success) throw invalid(path, `it does not say that it is a ${PROJECT_FORMAT}`, header.error)
  const { version } = header.data
  if (version > PROJECT_VERSION) {
    throw new FoleyError(
      'project.version',
      `${path} was saved by a newer Foley Studio: it has format version ${version}, this one reads up to ${PROJECT_VERSION}.`,
      'Update Foley Studio to open it. The file was not changed.'
    )
  }
  const parsed = projectSchema.safeParse(json)
  if (!parsed.success) throw invalid(path, explain(parsed.error), parsed.error)
  const document = { ...parsed.data, syncMarks: parsed.data.syncMarks.toSorted((a, b) => a.sample - b.sample) }
  const problem = inconsistency(document)
  if (problem !== undefined) throw invalid(path, problem)
  return document
}

/** What a schema of single values cannot say; undefined when all is well. */
export function inconsistency(document: ProjectDocument): string | undefined {
  for (const [id, take] of Object.entries(document.takes)) {
    if (take.id !== id) return `take ${id} calls itself ${take.id}`
    if (take.toSample <= take.fromSample) return `take ${id} is empty`
  }
  const { inSample, outSample } = document.range
  if (inSample !== null && outSample !== null && outSample <= inSample) return 'the marked range ends before it begins'
  const ids = [...document.tracks, ...document.tracks.flatMap(({ regions }) => regions), ...document.syncMarks].map(
    ({ id }) => id
  )
  if (new Set(ids).size !== ids.length) return 'two tracks, regions or sync points have the same id'
  return document.tracks.map((track) => trackProblem(document, track)).find((problem) => problem !== undefined)
}

function trackProblem({ takes, media }: ProjectDocument, { name, regions }: Track): string | undefined {
  let end = 0
  for (const region of regions) {
    const { id, fromSample, toSample, takeIds, takeId } = region
    if (toSample <= fromSample) return `region ${id} on track "${name}" is empty`
    if (fromSample < end) return `region ${id} on track "${name}" overlaps the one before it, or comes after it in time`
    if (toSample > media.durationSamples) return `region ${id} on track "${name}" ends after the film`
    // Not `in`: an id may be called "constructor".
    const missing = takeIds.find((each) => !Object.hasOwn(takes, each))
    if (missing !== undefined) return `region ${id} on track "${name}" has the take ${missing}, which is not listed`
    if (!takeIds.includes(takeId)) return `region ${id} on track "${name}" plays a take that is not one of its own`
    end = toSample
  }
  return undefined
}

/** The document of a film as it was just probed, whatever the file says of it: nothing goes on after the film's end. */
export function withFilm(document: ProjectDocument, media: MediaRef): ProjectDocument {
  const { durationSamples: end } = media
  const within = (at: number | null): number | null => (at === null ? null : Math.min(at, end))
  const range = {
    ...document.range,
    inSample: within(document.range.inSample),
    outSample: within(document.range.outSample)
  }
  return {
    ...document,
    media,
    tracks: document.tracks.map((track) => ({
      ...track,
      regions: track.regions
        .filter(({ fromSample }) => fromSample < end)
        .map((region) => (region.toSample <= end ? region : { ...region, toSample: end }))
    })),
    syncMarks: document.syncMarks.filter(({ sample }) => sample < end),
    range: range.inSample === range.outSample ? { ...range, inSample: null, outSample: null } : range
  }
}

/** The same document without takes whose sound is gone, and without the regions that have no take left. */
export function withoutTakes(
  document: ProjectDocument,
  isGone: (takeId: string) => boolean
): { readonly document: ProjectDocument; readonly takes: number; readonly regions: number } {
  const kept = Object.entries(document.takes).filter(([id]) => !isGone(id))
  let regionCount = 0
  const tracks = document.tracks.map((track) => ({
    ...track,
    regions: track.regions.flatMap((region) => {
      const takeIds = region.takeIds.filter((id) => !isGone(id))
      const first = takeIds[0]
      if (first === undefined) {
        regionCount += 1
        return []
      }
      return [{ ...region, takeIds, takeId: takeIds.includes(region.takeId) ? region.takeId : first }]
    })
  }))
  const takes = Object.keys(document.takes).length - kept.length
  return { document: { ...document, tracks, takes: Object.fromEntries(kept) }, takes, regions: regionCount }
}

/** The path of each problem, at most three. */
function explain(error: z.ZodError): string {
  const problems = error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'the file'}: ${message}`)
  return problems.slice(0, 3).join('; ')
}

export const invalid = (path: string, problem: string, cause?: unknown): FoleyError =>
  new FoleyError(
    'project.invalid',
    `${path} is not a usable Foley Studio project: ${problem}.`,
    'Open another copy of it, or open the film and begin anew. The file was not changed.',
    { cause }
  )
