/** Uniform numbers in [0, 1), reproducible from a 32-bit seed on every machine. */
export type Random = () => number

/** Mulberry32 (T. Ettinger, public domain): one 32-bit word of state, enough for shuffles and shifts, not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** A seed for item `index` of a run, so that one item's draws do not depend on how many came before it. */
export function itemSeed(seed: number, index: number): number {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(index + 1, 0xc2b2ae35)) >>> 0
}

/** `count` numbers, uniform in [-1, 1): Numerical Recipes' 32-bit congruential generator, repeated in the golden scripts. */
export function noise(count: number, seed: number): Float64Array {
  let state = seed
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  })
}
