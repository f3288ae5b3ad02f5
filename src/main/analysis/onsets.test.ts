import { describe, expect, it } from 'vitest'
import golden from './golden-onsets.json'
import { SIGNALS } from './golden-signals'
import { noise } from './random'
import { HOP_SAMPLES, ONSET_RATE, melBands } from './onset-strength'
import { detectOnsets, OnsetDetector, pickOnsetFrames, type Detection } from './onsets'

const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]
const frames = (onsets: readonly Detection[]): number[] =>
  onsets.map(({ timeSec }) => Math.round((timeSec * ONSET_RATE) / HOP_SAMPLES))

describe('onset detection against librosa', () => {
  it.each(names)('hears the same signal as the golden script: %s', (name) => {
    const wave = SIGNALS[name](ONSET_RATE)
    expect(wave.length).toBe(golden.signals[name].samples)
    expect(wave.reduce((sum, value) => sum + Math.abs(value), 0)).toBeCloseTo(golden.signals[name].sum, 2)
  })

  it.each(names)('has the same onset strength: %s', (name) => {
    const detector = new OnsetDetector(ONSET_RATE)
    detector.push(SIGNALS[name](ONSET_RATE))
    detector.finish()
    const envelope = detector.envelope()
    const expected = golden.signals[name].strength
    expect(envelope.length).toBe(expected.length)
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - envelope[i]!)), 0)
    expect(worst).toBeLessThan(1e-3)
  })

  it.each(names)('finds the same frames: %s', (name) => {
    expect(frames(detectOnsets(SIGNALS[name](ONSET_RATE), ONSET_RATE))).toEqual(golden.signals[name].onsetFrames)
  })

  it('picks the same peaks of a dense envelope', () => {
    const envelope = noise(golden.peakPicking.count, 8).map((value) => Math.abs(value) ** 3)
    expect(pickOnsetFrames(envelope)).toEqual(golden.peakPicking.onsetFrames)
  })

  it.each(golden.resampled)('agrees within one frame after its own resampling: $signal at $rate Hz', (row) => {
    const found = frames(detectOnsets(SIGNALS[row.signal as keyof typeof SIGNALS](row.rate), row.rate))
    expect(found.length).toBe(row.onsetFrames.length)
    found.forEach((frame, i) => expect(Math.abs(frame - row.onsetFrames[i]!)).toBeLessThanOrEqual(1))
  })
})

describe('onset detection', () => {
  it('does not depend on how the stream is cut', () => {
    const wave = SIGNALS.bursts(48_000)
    const detector = new OnsetDetector(48_000)
    const sizes = [1, 700, 4801, 33, 20_000]
    for (let start = 0, k = 0; start < wave.length; k += 1) {
      const end = start + sizes[k % sizes.length]!
      detector.push(wave.subarray(start, end))
      start = end
    }
    expect(detector.finish()).toEqual(detectOnsets(wave, 48_000))
  })

  it('gives as confidence the largest scaled amplitude within 0.05 s', () => {
    const wave = new Float32Array(ONSET_RATE).fill(0.1)
    wave[9000] = -0.6
    const onset = Math.round(detectOnsets(wave, ONSET_RATE)[0]!.timeSec * ONSET_RATE)
    const firstWith = (place: number): Detection =>
      detectOnsets(
        wave.map((value, i) => (i === place ? 1.1 : value)),
        ONSET_RATE
      )[0]!
    // |wave| spans 0.1 .. 1.1: 1.1 is 1, 0.6 is 0.5, and the onset itself, on the plain 0.1, is 0.
    expect(firstWith(onset + 1090).timeSec).toBeCloseTo(onset / ONSET_RATE, 9)
    expect(firstWith(onset + 1090).confidence).toBeCloseTo(1, 6)
    expect(firstWith(onset + 1115).confidence).toBeCloseTo(0.5, 6)
    expect(firstWith(onset + 1115).amplitude).toBeCloseTo(0, 6)
  })

  it('scales the confidence between quietest and loudest sample', () => {
    const wave = new Float32Array(ONSET_RATE).fill(0.2)
    wave[6000] = 0.7
    wave[15_000] = 1.2
    expect(detectOnsets(wave, ONSET_RATE).map(({ confidence }) => Number(confidence.toFixed(5)))).toEqual([0.5, 1])
  })

  it('finds nothing in nothing, in a constant and in a single sample', () => {
    expect(detectOnsets(new Float32Array(0), ONSET_RATE)).toEqual([])
    expect(detectOnsets(new Float32Array(1), ONSET_RATE)).toEqual([])
    expect(pickOnsetFrames(new Float64Array(50).fill(3))).toEqual([])
    expect(pickOnsetFrames(new Float64Array(0))).toEqual([])
  })

  it('asks for 0.3 above the local mean, not for less', () => {
    const bump = (height: number): number[] => {
      const envelope = new Float64Array(60)
      envelope[20] = 1
      envelope[40] = height
      return pickOnsetFrames(envelope)
    }
    // The mean of nine frames around the bump is height / 9.
    expect(bump(0.34)).toEqual([20, 40])
    expect(bump(0.33)).toEqual([20])
  })

  it('has 128 bands that reach from 0 to 11 025 Hz', () => {
    const bands = melBands()
    expect(bands.length).toBe(128)
    expect(bands[0]!.firstBin).toBe(1)
    const last = bands.at(-1)!
    expect(last.firstBin + last.weights.length).toBe(1024)
  })

  it('is fast: ten seconds at 48 kHz', () => {
    const wave = new Float32Array(480_000).map((_, i) => Math.sin(i * 0.05) * Math.exp(-(i % 24_000) / 3000))
    detectOnsets(wave, 48_000)
    const times = Array.from({ length: 4 }, () => {
      const before = process.cpuUsage()
      detectOnsets(wave, 48_000)
      return process.cpuUsage(before).user / 1000
    })
    // Hyper-threads shared with another job count double: the best of four stands for the machine alone.
    expect(Math.min(...times)).toBeLessThan(200)
  })
})
