/** Looking at decoded sound in tests. */

export const peak = (samples: Float32Array): number => samples.reduce((top, value) => Math.max(top, Math.abs(value)), 0)

/** Positions of the samples louder than half of the loudest. */
export function loudSamples(samples: Float32Array): number[] {
  const limit = peak(samples) / 2
  return [...samples.keys()].filter((at) => Math.abs(samples[at] ?? 0) > limit)
}

/** Largest difference between two sounds over the length of the shorter. */
export function worstDifference(a: Float32Array, b: Float32Array): number {
  return peak(a.subarray(0, b.length).map((value, at) => value - (b[at] ?? 0)))
}
