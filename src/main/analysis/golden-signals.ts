import { noise } from './random'

/** The signals of training/golden/onsets.py, formula for formula, for tests only. */
export type Signal = (rate: number) => Float32Array

function place(wave: Float64Array, start: number, sound: Float64Array, level: number): void {
  for (let i = 0; i < sound.length && start + i < wave.length; i += 1) wave[start + i]! += level * sound[i]!
}

const decay = (count: number, samples: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => Math.exp(-i / samples))

const product = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value * b[i]!)

const clicks: Signal = (rate) => {
  const wave = new Float32Array(3 * rate)
  const hits = [[0.4, 0.9], [0.9, 0.5], [1.05, 0.7], [1.9, 0.1], [2.6, 1]] as const // prettier-ignore
  for (const [timeSec, level] of hits) wave[Math.round(timeSec * rate)] = level
  return wave
}

const bursts: Signal = (rate) => {
  const wave = noise(4 * rate, 1).map((value) => 0.001 * value)
  const length = Math.floor(rate / 2)
  const envelope = decay(length, 0.04 * rate)
  const hits = [[0.3, 0.8], [1, 0.3], [1.12, 0.5], [2.05, 0.05], [3.2, 0.9], [3.95, 0.6]] as const // prettier-ignore
  hits.forEach(([timeSec, level], k) => {
    place(wave, Math.round(timeSec * rate), product(envelope, noise(length, 10 + k)), level)
  })
  return Float32Array.from(wave)
}

const modal: Signal = (rate) => {
  const wave = noise(4 * rate, 2).map((value) => 0.002 * value)
  const modes = [[310, 0.3, 0.5], [1270, 0.12, 0.3], [3800, 0.05, 0.2]] as const // prettier-ignore
  const hit = new Float64Array(rate)
  for (const [hz, decaySec, level] of modes) {
    for (let i = 0; i < rate; i += 1) {
      hit[i]! += level * Math.sin((2 * Math.PI * hz * i) / rate) * Math.exp(-i / rate / decaySec)
    }
  }
  const hits = [[0.25, 0.7], [0.85, 0.2], [1.5, 0.9], [1.75, 0.4], [3, 0.6]] as const // prettier-ignore
  for (const [timeSec, level] of hits) place(wave, Math.round(timeSec * rate), hit, level)
  return Float32Array.from(wave)
}

const pulses: Signal = (rate) => {
  const wave = noise(3 * rate, 3).map((value) => 0.01 * value)
  const length = Math.floor(rate / 8)
  const envelope = decay(length, 0.01 * rate)
  for (let k = 0; k < 18; k += 1) {
    place(wave, Math.round((0.02 + k / 6) * rate), product(envelope, noise(length, 30 + k)), 0.02 * 1.25 ** k)
  }
  return Float32Array.from(wave)
}

export const SIGNALS = {
  clicks,
  bursts,
  modal,
  pulses,
  short: (rate: number): Float32Array => bursts(rate).slice(Math.round(0.26 * rate), Math.round(0.34 * rate)),
  silence: (rate: number): Float32Array => new Float32Array(rate)
} satisfies Record<string, Signal>
