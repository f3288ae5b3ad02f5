/** Numbers as an editor reads and types them. Pure. */
import type { MediaRef } from '@shared/project'
import {
  allowsDropFrame,
  frameOfCount,
  frameToSample,
  SAMPLE_RATE,
  sampleToFrame,
  timecode,
  type Rational
} from '@shared/time'

type Clock = Pick<MediaRef, 'rate' | 'startFrame' | 'dropFrame'>

/** Timecode of the frame that shows at `sample`, as the film counts. */
export const timecodeAt = (sample: number, { rate, startFrame, dropFrame }: Clock): string =>
  timecode(startFrame + sampleToFrame(Math.max(0, Math.round(sample)), rate), rate, dropFrame)

/** A length as timecode, to the nearest frame. */
export const lengthText = (samples: number, { rate, dropFrame }: Pick<Clock, 'rate' | 'dropFrame'>): string =>
  timecode(Math.round((samples * rate.num) / (SAMPLE_RATE * rate.den)), rate, dropFrame)

/** Frame count that a timecode names: the inverse of `timecode`. */
function frameOf([hours, minutes, seconds, frames]: readonly [number, number, number, number], clock: Clock): number {
  const { rate, dropFrame } = clock
  const nominal = Math.round(rate.num / rate.den)
  const count = (hours * 3600 + minutes * 60 + seconds) * nominal + frames
  return frameOfCount(count, nominal, dropFrame && allowsDropFrame(rate))
}

/**
 * What was typed as the first sample of a frame, or null. "1:02:03:04", any separator; digits alone fill from the right
 * ("512" = 5 s 12 frames, as editing systems have it); "+12" and "-1:00" count from `fromSample`. What lies before the
 * film's start timecode and is not written in full counts from there.
 */
export function parseTimecode(text: string, clock: Clock, fromSample = 0): number | null {
  const match = /^([+-]?)\s*([\d:;.,\s]+)$/.exec(text.trim())
  if (!match) return null
  const [sign, body] = [match[1] ?? '', (match[2] ?? '').trim()]
  const isBare = /^\d+$/.test(body)
  const parts = isBare ? (body.padStart(8, '0').match(/\d\d(?=(?:\d\d)*$)/g) ?? []) : body.split(/[:;.,\s]+/)
  if (parts.length > 4 || parts.some((part) => part === '' || part.length > 3)) return null
  const numbers = parts.map(Number)
  const [frames = 0, seconds = 0, minutes = 0, hours = 0] = numbers.reverse()
  const nominal = Math.round(clock.rate.num / clock.rate.den)
  if (sign !== '') {
    const count = ((hours * 60 + minutes) * 60 + seconds) * nominal + frames
    const frame = sampleToFrame(fromSample, clock.rate) + (sign === '-' ? -count : count)
    return frameToSample(Math.max(0, frame), clock.rate)
  }
  if (frames >= nominal || seconds > 59 || minutes > 59) return null
  const frame = frameOf([hours, minutes, seconds, frames], clock)
  const isFull = isBare ? body.length > 6 : parts.length === 4
  if (frame >= clock.startFrame) return frameToSample(frame - clock.startFrame, clock.rate)
  return isFull ? null : frameToSample(frame, clock.rate)
}

/** A shift: "+12 ms", "−25 ms", "0 ms". */
export const millisecondsText = (value: number): string =>
  `${value > 0 ? '+' : ''}${Math.round(value)} ms`.replace('-', '−')

/** "25 fps", "29.97 fps". */
export const rateText = ({ num, den }: Rational): string => `${Number((num / den).toFixed(2))} fps`

const signed = (value: number, digits: number): string => {
  const text = Math.abs(value).toFixed(digits)
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`
}

/** "+2.5 dB", "−6.0 dB", "0.0 dB". */
export const decibelText = (gainDb: number): string => `${signed(gainDb, 1)} dB`

/** Distance of an attack from its point: "+0.3 fr". */
export const framesText = (frames: number | null): string => (frames === null ? '–' : `${signed(frames, 1)} fr`)

export const panText = (pan: number): string => {
  const percent = Math.round(Math.abs(pan) * 100)
  return percent === 0 ? 'Centre' : `${percent} ${pan < 0 ? 'L' : 'R'}`
}

/** "81 204": groups of three, with a narrow space. */
export const seedText = (seed: number): string => String(seed).replace(/\B(?=(\d{3})+$)/g, '\u202f')

export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${units[power] ?? 'B'}`
}

/** "0.6 s", "12 s", "1:05". */
export function secondsText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** "just now", "5 minutes ago", "yesterday", a date. */
export function agoText(isoTime: string, now: number): string {
  const minutes = Math.round((now - Date.parse(isoTime)) / 60_000)
  if (Number.isNaN(minutes)) return ''
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} minute${minutes === 1 ? '' : 's'} ago`
  const hours = Math.round(minutes / 60)
  if (hours < 24) return `${hours} hour${hours === 1 ? '' : 's'} ago`
  const days = Math.round(hours / 24)
  return days < 7 ? `${days} day${days === 1 ? '' : 's'} ago` : new Date(isoTime).toLocaleDateString()
}

/** A number as typed: comma or point, a typographic minus, a unit behind it. */
export function parseNumber(text: string): number | null {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:\s*[a-zA-Z%]*)$/.exec(
    text.replaceAll(/\s/g, '').replace('−', '-').replace(',', '.')
  )
  return match ? Number(match[1]) : null
}

/** "Metal" for "metal", "Wood floor" for "wood-floor". */
export const tagText = (tag: string): string => {
  const words = tag.replaceAll(/[-_]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** "1 take", "3 takes". */
export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

/** The last part of a path, on any system. */
export const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path
