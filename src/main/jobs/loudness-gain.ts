/** How far a sound is turned up or down for a loudness preset. Pure. */
import type { LoudnessTarget } from '@shared/project'
import type { Loudness } from '../media/loudness'

export const PEAK_CEILING_DBTP = -1

export interface LoudnessGain {
  readonly gainDb: number
  /** The ceiling was reached before the target. */
  readonly isCapped: boolean
}

type Measured = Pick<Loudness, 'integratedLufs' | 'truePeakDbtp'>

/**
 * One linear gain: to the target, or until the true peak is at the ceiling. What has no loudness (silence, and less than
 * the 0.4 s that the standard gates by) is only kept under the ceiling.
 */
export function gainToward(target: LoudnessTarget, { integratedLufs, truePeakDbtp }: Measured): LoudnessGain {
  if (target === 'off' || !Number.isFinite(truePeakDbtp)) return { gainDb: 0, isCapped: false }
  const room = PEAK_CEILING_DBTP - truePeakDbtp
  const wanted = Number.isFinite(integratedLufs) ? Number(target) - integratedLufs : Math.min(0, room)
  return { gainDb: Math.min(wanted, room), isCapped: wanted > room }
}
