/**
 * Philox4x32-10, a counter-based generator: the n-th number is a pure function of (key, counter), so any part of a
 * sequence can be drawn without the rest of it.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011); known answers from the
 * authors' Random123 library.
 */
const ROUNDS = 10
const MULTIPLIER_0 = 0xd251_1f53
const MULTIPLIER_1 = 0xcd9e_8d57
const WEYL_0 = 0x9e37_79b9
const WEYL_1 = 0xbb67_ae85

/** Upper 32 bits of the 64-bit product. Every partial product is below 2^32 and hence exact as a double. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const lowHigh = aLow * bHigh
  const highLow = aHigh * bLow
  const middle = ((aLow * bLow) >>> 16) + (lowHigh & 0xffff) + (highLow & 0xffff)
  return (aHigh * bHigh + (lowHigh >>> 16) + (highLow >>> 16) + (middle >>> 16)) >>> 0
}

/** Encrypts `counter` (4 x uint32) in place under the key (2 x uint32). */
export function philox4x32(counter: Uint32Array, key0: number, key1: number): void {
  let c0 = counter[0]!
  let c1 = counter[1]!
  let c2 = counter[2]!
  let c3 = counter[3]!
  let k0 = key0 >>> 0
  let k1 = key1 >>> 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0)
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0
    const high1 = multiplyHigh(MULTIPLIER_1, c2)
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0
    k0 = (k0 + WEYL_0) >>> 0
    k1 = (k1 + WEYL_1) >>> 0
  }
  counter[0] = c0
  counter[1] = c1
  counter[2] = c2
  counter[3] = c3
}
