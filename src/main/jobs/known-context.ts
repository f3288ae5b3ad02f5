/** The sound around a drawn range: its latents as known context, its samples for the joints. */
import { join } from 'node:path'
import type { ContextSegment } from '@shared/ipc'
import { WavSlices } from '../media/wav-slice'
import type { TakeLatents } from '../engine/types'
import type { LatentRange } from '../engine/windows'
import { readLatents, readLatentsHeader, type LatentsHeader } from './latents-file'
import { JOIN_SAMPLES, OUTSIDE_SAMPLES } from './seam'
import type { Edge } from './take-sound'

export interface SampleRange {
  readonly fromSample: number
  readonly toSample: number
}

/** Latents of one take that are known. */
export interface KnownRun extends LatentRange {
  readonly takeId: string
}

export const takePath = (folder: string, takeId: string, extension: 'wav' | 'latents'): string =>
  join(folder, `${takeId}.${extension}`)

/** The segments outside the drawn range, in order of time. */
export function segmentsOutside(segments: readonly ContextSegment[], range: SampleRange): ContextSegment[] {
  return segments
    .flatMap((each) => [
      { ...each, toSample: Math.min(each.toSample, range.fromSample) },
      { ...each, fromSample: Math.max(each.fromSample, range.toSample) }
    ])
    .filter(({ fromSample, toSample }) => fromSample < toSample)
    .sort((a, b) => a.fromSample - b.fromSample)
}

/**
 * The latents next to the drawn range that are known, one piece on each side of at most `limit`: a latent belongs to the
 * segment that its middle lies in; where there is none, or its take does not have it, the piece ends.
 */
export function planKnown(
  outside: readonly ContextSegment[],
  available: ReadonlyMap<string, LatentRange>,
  drawn: LatentRange,
  { hopSamples, limit }: { readonly hopSamples: number; readonly limit: number }
): KnownRun[] {
  const takeAt = (latent: number): string | undefined => {
    const middle = (latent + 0.5) * hopSamples
    const segment = outside.find(({ fromSample, toSample }) => middle >= fromSample && middle < toSample)
    const held = segment && available.get(segment.takeId)
    return held && latent >= held.fromLatent && latent < held.toLatent ? segment.takeId : undefined
  }
  const latents: { latent: number; takeId: string }[] = []
  const walk = (start: number, step: 1 | -1): void => {
    for (let count = 0; count < limit; count += 1) {
      const latent = start + step * count
      const takeId = latent < 0 ? undefined : takeAt(latent)
      if (takeId === undefined) return
      latents.push({ latent, takeId })
    }
  }
  walk(drawn.fromLatent - 1, -1)
  walk(drawn.toLatent, 1)
  const runs: { takeId: string; fromLatent: number; toLatent: number }[] = []
  for (const { latent, takeId } of latents.sort((a, b) => a.latent - b.latent)) {
    const last = runs.at(-1)
    if (last?.takeId === takeId && last.toLatent === latent) last.toLatent = latent + 1
    else runs.push({ takeId, fromLatent: latent, toLatent: latent + 1 })
  }
  return runs
}

export interface ContextRequest {
  readonly folder: string
  readonly segments: readonly ContextSegment[]
  readonly range: SampleRange
  readonly drawn: LatentRange
  /** Of the pack that draws. */
  readonly latent: { readonly rateHz: number; readonly channels: number; readonly packHash: string }
  readonly hopSamples: number
  /** Latents on each side that are of use. */
  readonly limit: number
}

/** Undefined when nothing around the range is known to this pack. */
export async function readKnown(request: ContextRequest): Promise<TakeLatents | undefined> {
  const { folder, segments, range, drawn, latent, hopSamples, limit } = request
  const outside = segmentsOutside(segments, range)
  const headers = new Map<string, LatentsHeader>()
  for (const { takeId } of outside) {
    const header = headers.has(takeId) ? undefined : await readLatentsHeader(takePath(folder, takeId, 'latents'))
    const { channels, rateHz, packHash } = latent
    // Another pack's latents mean something else.
    if (header?.packHash === packHash && header.channels === channels && header.rateHz === rateHz) {
      headers.set(takeId, header)
    }
  }
  const held = [...headers].map(([takeId, { fromLatent, count }]): [string, LatentRange] => [
    takeId,
    { fromLatent, toLatent: fromLatent + count }
  ])
  const runs = planKnown(outside, new Map(held), drawn, { hopSamples, limit })
  const [first, last] = [runs[0], runs.at(-1)]
  if (!first || !last) return undefined
  const fromLatent = first.fromLatent
  // The drawn range itself is not read where both sides are known.
  const latents = new Float32Array((last.toLatent - fromLatent) * latent.channels)
  for (const run of runs) {
    const path = takePath(folder, run.takeId, 'latents')
    const rows = await readLatents(path, headers.get(run.takeId)!, run.fromLatent, run.toLatent)
    latents.set(rows, (run.fromLatent - fromLatent) * latent.channels)
  }
  return { fromLatent, latents }
}

export interface EdgeRequest {
  readonly folder: string
  readonly segments: readonly ContextSegment[]
  readonly range: SampleRange
  readonly totalSamples: number
}

/** What the drawn range meets on its two sides. */
export async function readEdges(request: EdgeRequest): Promise<{ readonly left: Edge; readonly right: Edge }> {
  const { range, segments, totalSamples } = request
  const outside = segmentsOutside(segments, range)
  const before = outside.find(({ toSample }) => toSample === range.fromSample)
  const after = outside.find(({ fromSample }) => fromSample === range.toSample)
  const left = before && (await readOld(request, before, 'left'))
  const right = after && (await readOld(request, after, 'right'))
  const bare = (isFilmsOwn: boolean): Edge => ({ kind: isFilmsOwn ? 'film' : 'fade' })
  return {
    left: left ?? bare(range.fromSample === 0),
    right: right ?? bare(range.toSample === totalSamples)
  }
}

/** The old take's samples on both sides of the edge, as far as it reaches. */
async function readOld(
  { folder, range }: EdgeRequest,
  { takeId, takeFromSample: origin }: ContextSegment,
  side: 'left' | 'right'
): Promise<Edge | undefined> {
  // A take that is lost is silent: the drawn range then ends in silence there, and the edge fades.
  const wav = await WavSlices.open(takePath(folder, takeId, 'wav')).catch(() => undefined)
  if (!wav) return undefined
  try {
    const between = (from: number, to: number): Promise<Float32Array> => {
      const first = Math.max(from, origin)
      return wav.read(first - origin, Math.max(0, to - first))
    }
    const join = Math.min(JOIN_SAMPLES, Math.floor((range.toSample - range.fromSample) / 2))
    const { fromSample: from, toSample: to } = range
    const outside = await (side === 'left' ? between(from - OUTSIDE_SAMPLES, from) : between(to, to + OUTSIDE_SAMPLES))
    const inside = await (side === 'left' ? between(from, from + join) : between(to - join, to))
    return outside.length === 0 ? undefined : { kind: 'join', takeId, old: { outside, inside } }
  } finally {
    await wav.close()
  }
}
