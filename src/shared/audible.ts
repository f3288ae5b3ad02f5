/** What is heard of a document, and how loud: one set of rules for the window's mixer and for what is exported. Pure. */
import type { ProjectDocument, Region, Track } from './project'

/** A track, or the original sound, which has no regions. */
type Channel = Pick<Track, 'muted' | 'solo'> & Partial<Pick<Track, 'regions'>>

/** Whether a track or the original is heard: solo anywhere, of a region too, silences whatever has none. */
export function isAudible(document: ProjectDocument, channel: Channel): boolean {
  const anySolo = document.original.solo || document.tracks.some(hasSolo)
  return !channel.muted && (!anySolo || hasSolo(channel))
}

const hasSolo = ({ solo, regions }: Channel): boolean => solo || (regions ?? []).some((region) => region.solo)

/** The regions that sound when their track is heard: where some of them are solo, only those. */
export function soundingRegions({ regions }: Pick<Track, 'regions'>): Region[] {
  const anySolo = regions.some(({ solo }) => solo)
  return regions.filter(({ muted, solo }) => !muted && (!anySolo || solo))
}

export const dbToGain = (decibels: number): number => 10 ** (decibels / 20)

export type FadedRange = Pick<
  Region,
  'fromSample' | 'toSample' | 'fadeInSamples' | 'fadeOutSamples' | 'fadeInCutSamples' | 'fadeOutCutSamples'
>

/** Where a region's fades begin and end in the film. Of a fade that was cut, a part lies outside the region. */
export function fadePlaces(region: FadedRange): {
  readonly from: number
  readonly fullFrom: number
  readonly fullTo: number
  readonly to: number
} {
  const from = region.fromSample - region.fadeInCutSamples
  const to = region.toSample + region.fadeOutCutSamples
  return { from, fullFrom: from + region.fadeInSamples, fullTo: to - region.fadeOutSamples, to }
}

/** Gain of a region's fades at a sample of the film: straight lines; 1 between them. */
export function fadeGain(region: FadedRange, sample: number): number {
  const { fadeInSamples, fadeOutSamples } = region
  const opening = fadeInSamples > 0 ? (sample - region.fromSample + region.fadeInCutSamples) / fadeInSamples : 1
  const closing = fadeOutSamples > 0 ? (region.toSample + region.fadeOutCutSamples - sample) / fadeOutSamples : 1
  return Math.max(0, Math.min(1, opening, closing))
}

/**
 * Left and right gain of a mono sound: equal power, 0 dB at the centre and +3 dB at a side. It is Web Audio's
 * StereoPannerNode with the 3 dB made up that it takes from the centre, so that the export sounds like the window.
 */
export function panGains(pan: number): readonly [left: number, right: number] {
  const angle = ((pan + 1) * Math.PI) / 4
  // At the centre exactly 1, not 1 - 1e-16: an unpanned sound goes through unchanged.
  return pan === 0 ? [1, 1] : [Math.SQRT2 * Math.cos(angle), Math.SQRT2 * Math.sin(angle)]
}
