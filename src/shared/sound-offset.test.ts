import { describe, expect, it } from 'vitest'
import { offsetFromSound } from './sound-offset'

/** Deterministic and uniform in -0.5..0.5. */
const jitter = (n: number): number => ((Math.sin(12.9898 * n + 4.1) * 43_758.5453) % 1) / 2

/** Hits at irregular times, each seen up to `spread` seconds off. */
const hits = Array.from({ length: 30 }, (_, n) => 0.7 * n + 1 + 0.6 * jitter(n))
const seen = (spread: number) => hits.map((time, n) => ({ timeSec: time + spread * jitter(n + 100), probability: 0.8 }))

describe('offsetFromSound', () => {
  it.each([-0.06, -0.025, 0, 0.04])('finds an offset of %f s', (offset) => {
    expect(
      offsetFromSound(
        seen(0.02),
        hits.map((time) => time + offset)
      )
    ).toBeCloseTo(offset, 2)
  })

  it('is not led astray by hits that are only seen and sounds that are only heard', () => {
    const heard = hits.filter((_, n) => n % 3 > 0).map((time) => time + 0.03)
    const others = Array.from({ length: 40 }, (_, n) => 0.5 * n + 0.4 * jitter(n + 500))
    expect(
      offsetFromSound(
        seen(0.03),
        [...heard, ...others].sort((a, b) => a - b)
      )
    ).toBeCloseTo(0.03, 2)
  })

  it('says nothing where the sound is of something else, or hardly anything is seen', () => {
    const others = Array.from({ length: 40 }, (_, n) => 0.5 * n + 0.4 * jitter(n + 500))
    expect(offsetFromSound(seen(0.02), others)).toBeNull()
    expect(offsetFromSound(seen(0.02).slice(0, 2), hits)).toBeNull()
    expect(offsetFromSound(seen(0.02), [])).toBeNull()
    expect(offsetFromSound([], hits)).toBeNull()
  })

  it('says nothing of a short film with dense sound of something else', () => {
    const told = Array.from({ length: 60 }, (_, film) => {
      const glimpsed = Array.from({ length: 8 }, (_, n) => ({
        timeSec: 0.5 * n + 0.4 + 0.4 * jitter(7 * n + film),
        probability: 0.8
      }))
      const heard = Array.from({ length: 24 }, (_, n) => 0.16 * n + 0.1 + 0.15 * jitter(11 * n + 31 * film))
      return offsetFromSound(glimpsed, heard)
    }).filter((offset) => offset !== null)
    expect(told.length).toBeLessThanOrEqual(1)
  })

  it('says nothing of an even beat, which fits everywhere', () => {
    const beat = Array.from({ length: 200 }, (_, n) => 0.115 * n)
    expect(
      offsetFromSound(
        beat.map((timeSec) => ({ timeSec, probability: 1 })),
        beat
      )
    ).toBeNull()
  })
})
