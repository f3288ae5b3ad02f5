/**
 * How regions that touch go over into each other: one set of rules for playback and for what is exported. Pure.
 *
 * [Note: edges] Takes that were drawn to join do so in their own samples: nothing is done to them. Anything else that
 * meets at an edge is cross-faded in the last 10 ms before it, so that what a cut was put in front of, a hit, begins in
 * full: the earlier region ends early and the later one is let in. All of it lies inside the earlier region, so that
 * drawing this one anew leaves the later one as it is to the sample; and for the other way round {@link heardTakes} tells
 * what the later one is heard to continue. Unrelated sounds cross at equal power, one take at two gains at equal gain.
 */
import { fadeGain } from './audible'
import type { ProjectDocument, Region, Take, Track } from './project'

/** 10 ms. */
export const CROSS_FADE_SAMPLES = 480

/** A stretch of the film that a take is played in. */
export interface TakePart {
  readonly takeId: string
  readonly fromSample: number
  readonly toSample: number
}

/** A cross-fade: it ends at the edge. */
interface Cross {
  readonly samples: number
  readonly isEqualPower: boolean
}

/** A region as it sounds with its neighbours. */
export interface Voice {
  readonly region: Region
  /** In order of time; those before the region let it in. */
  readonly parts: readonly TakePart[]
  readonly opening: Cross | null
  readonly closing: Cross | null
}

type Takes = ProjectDocument['takes']

/** Every region of the track as it sounds, muted or not. */
export function voicesOfTrack({ regions }: Pick<Track, 'regions'>, takes: Takes): Voice[] {
  const crosses = regions.map((region, index) => crossOf(regions[index - 1], region, takes))
  return regions.map((region, index) => {
    // Where the editor's own fade has it silent at the edge, nothing is left to cross.
    const opening = fadeGain(region, region.fromSample) > 0 ? (crosses[index] ?? null) : null
    const own = { takeId: region.takeId, fromSample: region.fromSample, toSample: region.toSample }
    return {
      region,
      parts: opening ? [...leadIn(region, opening.samples, takes), own] : [own],
      opening,
      closing: fadeGain(region, region.toSample) > 0 ? (crosses[index + 1] ?? null) : null
    }
  })
}

/** The track where a region plays another of its takes. */
export function withTake(track: Pick<Track, 'regions'>, regionId: string, takeId: string): Pick<Track, 'regions'> {
  return { regions: track.regions.map((region) => (region.id === regionId ? { ...region, takeId } : region)) }
}

/** Gain at a sample of the film, but for the region's own and the track's. */
export function voiceGain({ region, opening, closing }: Voice, sample: number): number {
  let gain = fadeGain(region, sample)
  if (opening && sample < region.fromSample)
    gain *= crossGain(opening, 1 - (region.fromSample - sample) / opening.samples)
  if (closing && sample >= region.toSample - closing.samples) {
    gain *= crossGain(closing, (region.toSample - sample) / closing.samples)
  }
  return gain
}

/** Multiplies samples that begin at `fromSample` by {@link voiceGain} and `gain`, in place. */
export function shape(samples: Float32Array, voice: Voice, fromSample: number, gain = 1): void {
  for (let i = 0; i < samples.length; i += 1) samples[i]! *= gain * voiceGain(voice, fromSample + i)
}

/** Whether anything between two places is shaped at all. */
export function isShaped({ region, opening, closing }: Voice, fromSample: number, toSample: number): boolean {
  const isFaded = fadeGain(region, fromSample) < 1 || fadeGain(region, toSample) < 1
  const isLetIn = opening !== null && fromSample < region.fromSample
  return isFaded || isLetIn || (closing !== null && toSample > region.toSample - closing.samples)
}

/** What is heard of a track, take by take, in order of time: what is drawn beside it continues that. */
export function heardTakes(track: Pick<Track, 'regions'>, takes: Takes): TakePart[] {
  const voices = voicesOfTrack(track, takes)
  const parts = voices.flatMap((voice, index) => {
    const next = voices[index + 1]
    const letIn = next?.parts.filter(({ toSample }) => toSample <= next.region.fromSample) ?? []
    const end = letIn[0]?.fromSample ?? voice.region.toSample
    const { takeId, fromSample } = voice.region
    return [{ takeId, fromSample, toSample: end }, ...letIn]
  })
  return parts.filter(({ fromSample, toSample }) => fromSample < toSample)
}

const crossGain = ({ isEqualPower }: Cross, share: number): number =>
  isEqualPower ? Math.sin((share * Math.PI) / 2) : share

/** Null where the two do not touch, or go on into each other by themselves. */
function crossOf(before: Region | undefined, after: Region, takes: Takes): Cross | null {
  if (before?.toSample !== after.fromSample) return null
  const isJoined = isJoint(before, after, takes)
  if (isJoined && isSameLevel(before, after)) return null
  const samples = Math.min(CROSS_FADE_SAMPLES, before.toSample - before.fromSample)
  return { samples, isEqualPower: !isJoined }
}

/** Whether the take of one region goes on into that of the next without a break. */
function isJoint(before: Region, after: Region, takes: Takes): boolean {
  const edge = after.fromSample
  const [left, right] = [takes[before.takeId], takes[after.takeId]]
  if (before.takeId === after.takeId) return true
  if (left?.toSample === edge && left.joinsAfter === after.takeId) return true
  return right?.fromSample === edge && right.joinsBefore === before.takeId
}

function isSameLevel(before: Region, after: Region): boolean {
  const edge = after.fromSample
  return before.gainDb === after.gainDb && before.pan === after.pan && fadeGain(before, edge) === fadeGain(after, edge)
}

/** What leads into a region: its take where that begins earlier, and in front of it the take that it was drawn to join. */
function leadIn({ takeId, fromSample: edge }: Region, samples: number, takes: Takes): TakePart[] {
  const parts: TakePart[] = []
  let end = edge
  let take: Take | undefined = takes[takeId]
  while (take && end > edge - samples && take.fromSample <= end && take.toSample >= end) {
    const start = Math.max(take.fromSample, edge - samples)
    if (start < end) parts.unshift({ takeId: take.id, fromSample: start, toSample: end })
    const earlier: Take | undefined = take.joinsBefore ? takes[take.joinsBefore] : undefined
    // A file that was tampered with may go in circles.
    take = earlier && earlier.fromSample < take.fromSample ? earlier : undefined
    end = start
  }
  return parts
}
