/** The film's place on the day's clock, for Broadcast Wave. Pure. */
import { allowsDropFrame, frameToSample, type Rational, secondsToSamples } from '@shared/time'
import { filmRate } from './film-rate'
import type { VideoStream } from './media-info'

/** Samples at 48 kHz from midnight to the film's time zero, by its start timecode; 0 where it has none. */
export function timeReferenceSamples({
  video
}: {
  readonly video?: Pick<VideoStream, 'timecode' | 'avgRate' | 'rRate' | 'startSec'>
}): number {
  if (video?.timecode === undefined) return 0
  const rate = filmRate(video.avgRate, video.rRate)
  const frame = timecodeToFrame(video.timecode, rate)
  // The timecode is the first frame's, which may come after time zero.
  return frame === undefined ? 0 : Math.max(0, frameToSample(frame, rate) - secondsToSamples(video.startSec))
}

/** The inverse of `timecode()`: frames since 00:00:00:00 (SMPTE ST 12-1), or undefined for anything else. */
export function timecodeToFrame(text: string, rate: Rational): number | undefined {
  const match = /^(\d\d):(\d\d):(\d\d)([:;.])(\d\d)$/.exec(text)
  if (!match) return undefined
  const [hours = 0, minutes = 0, seconds = 0, frames = 0] = [1, 2, 3, 5].map((group) => Number(match[group]))
  const nominal = Math.round(rate.num / rate.den)
  const totalMinutes = hours * 60 + minutes
  const count = (totalMinutes * 60 + seconds) * nominal + frames
  if (match[4] === ':' || !allowsDropFrame(rate)) return count
  return count - (nominal / 15) * (totalMinutes - Math.floor(totalMinutes / 10))
}
