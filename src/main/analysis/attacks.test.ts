import { describe, expect, it } from 'vitest'
import { AttackDetector, detectAttacks } from './attacks'
import { noise } from './random'

const RATE = 48_000

interface Hit {
  readonly sample: number
  readonly level: number
}

/** Decaying hits at known samples over a floor of noise; `tone` in Hz, or noise when left out. */
function scene(
  hits: readonly Hit[],
  seconds: number,
  options: { floor?: number; toneHz?: number; rate?: number } = {}
) {
  const { floor = 0.001, toneHz, rate = RATE } = options
  const wave = Float32Array.from(noise(Math.round(seconds * rate), 1), (value) => floor * value)
  hits.forEach(({ sample, level }, k) => {
    const grain = noise(rate, 20 + k)
    for (let i = 0; i < rate && sample + i < wave.length; i += 1) {
      const body = toneHz === undefined ? grain[i]! : Math.sin((2 * Math.PI * toneHz * i) / rate)
      wave[sample + i]! += level * body * Math.exp(-i / (0.05 * rate))
    }
  })
  return wave
}

function expectAt(found: readonly { timeSec: number }[], hits: readonly Hit[], rate = RATE): void {
  expect(found.length).toBe(hits.length)
  found.forEach(({ timeSec }, i) => expect(Math.abs(timeSec - hits[i]!.sample / rate)).toBeLessThanOrEqual(0.001))
}

const HITS = [
  { sample: 4801, level: 0.8 },
  { sample: 20_047, level: 0.3 },
  { sample: 40_000, level: 0.1 },
  { sample: 61_439, level: 0.9 }
]

describe('attacks', () => {
  it('finds decaying noise within 1 ms', () => expectAt(detectAttacks(scene(HITS, 2), RATE), HITS))

  it.each([90, 310, 1200, 5000])('finds decaying tones within 1 ms: %i Hz', (toneHz) => {
    expectAt(detectAttacks(scene(HITS, 2, { toneHz, floor: 0.0002 }), RATE), HITS)
  })

  it.each([22_050, 44_100])(
    'keeps to the clock at %i Hz, where a millisecond is no whole number of samples',
    (rate) => {
      const hits = Array.from({ length: 30 }, (_, k) => ({
        sample: Math.round((0.5 + k * 0.4) * rate) + k,
        level: 0.7
      }))
      expectAt(detectAttacks(scene(hits, 13, { rate }), rate), hits, rate)
    }
  )

  it('separates two hits 60 ms apart and joins two 30 ms apart', () => {
    const pair = (gapMs: number): Hit[] => [{ sample: 9600, level: 0.5 }, { sample: 9600 + gapMs * 48, level: 0.8 }] // prettier-ignore
    const short = (hits: Hit[]): Float32Array => {
      const wave = new Float32Array(RATE)
      for (const { sample, level } of hits) {
        const grain = noise(960, sample)
        for (let i = 0; i < 960; i += 1) wave[sample + i]! += level * grain[i]! * Math.exp(-i / 240)
      }
      return wave
    }
    expectAt(detectAttacks(short(pair(60)), RATE), pair(60))
    expectAt(detectAttacks(short(pair(30)), RATE), pair(30).slice(0, 1))
  })

  it('takes the blow and not the touch before it', () => {
    const hits = [{ sample: 9600, level: 0.05 }, { sample: 9600 + 40 * 48, level: 0.9 }] // prettier-ignore
    expectAt(detectAttacks(scene(hits, 1, { floor: 0.0001 }), RATE), hits.slice(1))
  })

  it('is not led astray by a pre-echo 30 dB below, 3 ms before', () => {
    const wave = scene([{ sample: 24_000, level: 0.8 }], 1, { floor: 0 })
    noise(144, 5).forEach((value, i) => (wave[24_000 - 144 + i]! += 0.02 * value))
    expectAt(detectAttacks(wave, RATE), [{ sample: 24_000, level: 0.8 }])
  })

  it('says how loud an attack is', () => {
    const wave = new Float32Array(RATE)
    wave.set(
      Float32Array.from({ length: 480 }, (_, i) => 0.5 * Math.exp(-i / 100)),
      10_000
    )
    wave.set(
      Float32Array.from({ length: 480 }, (_, i) => 0.05 * Math.exp(-i / 100)),
      30_000
    )
    const levels = detectAttacks(wave, RATE).map(({ levelDb }) => levelDb)
    expect(levels[0]).toBeCloseTo(-6.02, 1)
    expect(levels[1]).toBeCloseTo(-26.02, 1)
  })

  it('hears none in silence, in steady noise after its start, in a hum', () => {
    expect(detectAttacks(new Float32Array(RATE), RATE)).toEqual([])
    expect(detectAttacks(new Float32Array(0), RATE)).toEqual([])
    expect(detectAttacks(scene([], 3, { floor: 0.3 }), RATE).filter(({ timeSec }) => timeSec > 0.01)).toEqual([])
    const hum = Float32Array.from({ length: 3 * RATE }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 50 * i) / RATE))
    expect(detectAttacks(hum, RATE).filter(({ timeSec }) => timeSec > 0.01)).toEqual([])
  })

  it('hears none in a steady rattle, whose pulses come every 7 ms', () => {
    const rattle = Float32Array.from({ length: RATE }, (_, i) => (i % 336 < 48 ? 0.5 * (i % 2 ? -1 : 1) : 0))
    expect(detectAttacks(rattle, RATE).filter(({ timeSec }) => timeSec > 0.01)).toEqual([])
  })

  it('hears a tap through a rumble that is louder', () => {
    const hits = [{ sample: 24_000, level: 0.1 }]
    const wave = scene(hits, 1).map((value, i) => value + 0.4 * Math.sin((2 * Math.PI * 30 * i) / RATE))
    expectAt(
      detectAttacks(wave, RATE).filter(({ timeSec }) => timeSec > 0.01),
      hits
    )
  })

  it('leaves out what is 30 dB under the loudest moment, wherever that comes, and what is under -60 dBFS', () => {
    const weak = [{ sample: 9600, level: 0.02 }, { sample: 48_000, level: 0.9 }] // prettier-ignore
    expectAt(detectAttacks(scene(weak, 2, { floor: 0.0001 }), RATE), weak.slice(1))
    expect(detectAttacks(scene([{ sample: 9600, level: 0.0005 }], 1, { floor: 0 }), RATE)).toEqual([])
  })

  it('does not depend on how the stream is cut', () => {
    const wave = scene(HITS, 2)
    const detector = new AttackDetector(RATE)
    for (let start = 0, size = 1; start < wave.length; start += size, size = 1 + ((size * 13) % 5003)) {
      detector.push(wave.subarray(start, start + size))
    }
    expect(detector.finish()).toEqual(detectAttacks(wave, RATE))
  })
})
