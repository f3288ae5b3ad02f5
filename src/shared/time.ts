/**
 * Time: integer counts of 48 kHz samples from the container's start; frame rates are rationals.
 * Nothing here rounds twice: seconds appear only at the edges (ffmpeg, the models, a person).
 */

export const SAMPLE_RATE = 48_000

export interface Rational {
  readonly num: number
  readonly den: number
}

/** First sample of frame `index`: round(n * 48000 * den / num). */
export function frameToSample(index: number, rate: Rational): number {
  return Math.round((index * SAMPLE_RATE * rate.den) / rate.num)
}

/** The frame on screen at `sample`: the last one whose first sample is not later. */
export function sampleToFrame(sample: number, rate: Rational): number {
  let index = Math.floor((sample * rate.num) / (SAMPLE_RATE * rate.den))
  while (frameToSample(index + 1, rate) <= sample) index += 1
  while (frameToSample(index, rate) > sample) index -= 1
  return index
}

/** Exact length of a sound of `seconds`: round(seconds * 48000). */
export function secondsToSamples(seconds: number): number {
  return Math.round(seconds * SAMPLE_RATE)
}

export function samplesToSeconds(samples: number): number {
  return samples / SAMPLE_RATE
}

/** "30000/1001" or "25" as a rational, or undefined for anything else and for "0/0". */
export function parseRational(text: string): Rational | undefined {
  const match = /^(\d+)(?:[/:](\d+))?$/.exec(text.trim())
  if (!match) return undefined
  const num = Number(match[1])
  const den = Number(match[2] ?? '1')
  return num > 0 && den > 0 ? { num, den } : undefined
}

/** SMPTE drop-frame exists for 29.97 and 59.94 only. */
export function allowsDropFrame(rate: Rational): boolean {
  return rate.den === 1001 && (rate.num === 30_000 || rate.num === 60_000)
}

/** SMPTE timecode of a frame count; `;` before the frames marks drop-frame (SMPTE ST 12-1). */
export function timecode(frame: number, rate: Rational, dropFrame = false): string {
  const nominal = Math.round(rate.num / rate.den)
  const drop = dropFrame && allowsDropFrame(rate)
  let count = frame
  if (drop) {
    // Two (or four) numbers are skipped at each minute but every tenth: labels are dropped, never frames.
    const skipped = nominal / 15
    const perMinute = nominal * 60 - skipped
    const perTenMinutes = perMinute * 10 + skipped
    const tens = Math.floor(count / perTenMinutes)
    const rest = count % perTenMinutes
    count +=
      tens * 9 * skipped + (rest < nominal * 60 ? 0 : skipped * (1 + Math.floor((rest - nominal * 60) / perMinute)))
  }
  const two = (value: number): string => String(value).padStart(2, '0')
  const frames = count % nominal
  const seconds = Math.floor(count / nominal)
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':')
  return `${clock}${drop ? ';' : ':'}${two(frames)}`
}

/**
 * Frame number of the timecode with this count (hours, minutes, seconds and frames as if none were dropped). A count
 * whose timecode is dropped stands for the first one after it.
 */
export function frameOfCount(count: number, nominalFps: number, drop: boolean): number {
  if (!drop) return count
  const skipped = nominalFps / 15
  const minutes = Math.floor(count / (nominalFps * 60))
  const isDropped = minutes % 10 !== 0 && count % (nominalFps * 60) < skipped
  const kept = isDropped ? minutes * nominalFps * 60 + skipped : count
  return kept - skipped * (minutes - Math.floor(minutes / 10))
}
