/** What is heard of a document, and how loud: one set of rules for the window's mixer and for what is exported. Pure. */
import type { ProjectDocument, Region } from './project'

/** Whether a track is heard: solo anywhere silences whatever is not solo. */
export function isAudible(
  document: ProjectDocument,
  part: { readonly muted: boolean; readonly solo: boolean }
): boolean {
  const anySolo = document.original.solo || document.tracks.some(({ solo }) => solo)
  return !part.muted && (!anySolo || part.solo)
}

export const dbToGain = (decibels: number): number => 10 ** (decibels / 20)

/** Gain of a region's fades at a sample of the film: straight lines; 1 between them. */
export function fadeGain(
  region: Pick<Region, 'fromSample' | 'toSample' | 'fadeInSamples' | 'fadeOutSamples'>,
  sample: number
): number {
  const opening = region.fadeInSamples > 0 ? (sample - region.fromSample) / region.fadeInSamples : 1
  const closing = region.fadeOutSamples > 0 ? (region.toSample - sample) / region.fadeOutSamples : 1
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
