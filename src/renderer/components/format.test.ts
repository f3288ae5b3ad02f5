import { describe, expect, it } from 'vitest'
import { frameToSample, timecode } from '@shared/time'
import {
  agoText,
  bytesText,
  decibelText,
  framesText,
  lengthText,
  millisecondsText,
  panText,
  parseNumber,
  parseTimecode,
  rateText,
  secondsText,
  seedText,
  tagText,
  timecodeAt
} from './format'

const pal = { rate: { num: 25, den: 1 }, startFrame: 0, dropFrame: false }
const ntsc = { rate: { num: 30_000, den: 1001 }, startFrame: 107_892, dropFrame: true }

describe('timecode as typed', () => {
  it('reads back what is shown, with a start timecode and drop-frame', () => {
    for (const frame of [0, 1, 29, 1799, 1800, 17_981, 17_982, 53_999]) {
      const sample = frameToSample(frame, ntsc.rate)
      expect(parseTimecode(timecodeAt(sample, ntsc), ntsc), timecode(frame, ntsc.rate, true)).toBe(sample)
    }
  })

  it('fills digits from the right and takes any separator', () => {
    expect(parseTimecode('512', pal)).toBe(frameToSample(5 * 25 + 12, pal.rate))
    expect(parseTimecode('1.0', pal)).toBe(frameToSample(25, pal.rate))
    expect(parseTimecode('10203', pal)).toBe(frameToSample((60 + 2) * 25 + 3, pal.rate))
  })

  it('takes a label that drop-frame leaves out for the first one after it', () => {
    const clock = { ...ntsc, startFrame: 0 }
    expect(timecodeAt(parseTimecode('1:00:00', clock)!, clock)).toBe('00:01:00;02')
  })

  it('counts from the start timecode what is short of it, and refuses what is written in full', () => {
    const hour = { ...pal, startFrame: 90_000 }
    expect(parseTimecode('512', hour)).toBe(frameToSample(5 * 25 + 12, pal.rate))
    expect(parseTimecode('1:00:00:12', hour)).toBe(frameToSample(12, pal.rate))
    expect(parseTimecode('00:00:05:12', hour)).toBeNull()
  })

  it('counts from the playhead with a sign', () => {
    const at = frameToSample(100, pal.rate)
    expect(parseTimecode('+12', pal, at)).toBe(frameToSample(112, pal.rate))
    expect(parseTimecode('-1:00', pal, at)).toBe(frameToSample(75, pal.rate))
    expect(parseTimecode('-500:00', pal, at)).toBe(0)
  })

  it('refuses what names no frame', () => {
    for (const text of ['', 'abc', '1:2:3:4:5', '00:00:00:25', '00:00:61:00', '-']) {
      expect(parseTimecode(text, pal), text).toBeNull()
    }
  })
})

describe('numbers', () => {
  it('shows signs, units and groups', () => {
    expect(decibelText(-2.5)).toBe('−2.5 dB')
    expect(decibelText(-0.01)).toBe('0.0 dB')
    expect(framesText(0.31)).toBe('+0.3 fr')
    expect(framesText(null)).toBe('–')
    expect(panText(-0.5)).toBe('50 L')
    expect(panText(0)).toBe('Centre')
    expect(seedText(1_081_204)).toBe('1\u202f081\u202f204')
    expect(rateText({ num: 30_000, den: 1001 })).toBe('29.97 fps')
    expect(rateText({ num: 25, den: 1 })).toBe('25 fps')
    expect(bytesText(0)).toBe('0 B')
    expect(bytesText(12_345_678)).toBe('12.3 MB')
    expect(secondsText(0.62)).toBe('0.6 s')
    expect(secondsText(65)).toBe('1:05')
    expect(tagText('wood-floor')).toBe('Wood floor')
    expect([0, 25, -12].map(millisecondsText)).toEqual(['0 ms', '+25 ms', '−12 ms'])
    expect(lengthText(48_000 * 61, pal)).toBe('00:01:01:00')
  })

  it('reads what it shows', () => {
    expect(parseNumber('−2.5 dB')).toBe(-2.5)
    expect(parseNumber('81\u202f204')).toBe(81_204)
    expect(parseNumber('3,5')).toBe(3.5)
    expect(parseNumber('loud')).toBeNull()
  })

  it('tells how long ago in words', () => {
    const now = Date.parse('2026-01-02T12:00:00Z')
    expect(agoText('2026-01-02T11:59:50Z', now)).toBe('just now')
    expect(agoText('2026-01-02T11:00:00Z', now)).toBe('1 hour ago')
    expect(agoText('2026-01-01T11:00:00Z', now)).toBe('1 day ago')
  })
})
