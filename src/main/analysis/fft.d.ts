/** The part of fft.js 4 that is used here; the package ships no types. */
declare module 'fft.js' {
  export default class FFT {
    /** `size` must be a power of two greater than 1. */
    constructor(size: number)
    /** Interleaved (re, im) storage of `2 * size` numbers. */
    createComplexArray(): number[]
    /** Fills bins 0..size/2 of `out` (interleaved) from `size` real numbers. */
    realTransform(out: number[], data: ArrayLike<number>): void
  }
}
