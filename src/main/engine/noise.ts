/**
 * The noise that a generation starts from. Value (seed, latent, channel) is word `channel % 4` of the Philox block with
 * key `(seed, 'FOLY')` and counter `(latent, channel / 4, 0, 0)`, taken through the inverse of the normal distribution.
 *
 * [Note: the same noise everywhere] Latent indices are absolute (from the film's start), so a region, a window and a
 * whole film draw the same noise at the same place. Only `+ - * /` and `sqrt` are used, which IEEE 754 defines to the
 * last bit; `Math.log` and `Math.cos` (and so Box-Muller) may differ between engines and machines.
 */
import { philox4x32 } from './philox'

const STREAM = 0x464f_4c59 // 'FOLY': keeps other uses of the same seed apart.

/** 2^-32: a word w becomes the probability (w + 1/2) / 2^32, never 0 or 1, symmetric about 1/2. */
const WORD_TO_PROBABILITY = 2 ** -32

/** Standard normal noise `[count, channels]`, float32, of the latents `fromLatent .. fromLatent + count`. */
export function gaussianNoise(seed: number, fromLatent: number, count: number, channels: number): Float32Array {
  const noise = new Float32Array(count * channels)
  const block = new Uint32Array(4)
  for (let token = 0; token < count; token += 1) {
    for (let channel = 0; channel < channels; channel += 4) {
      block[0] = fromLatent + token
      block[1] = channel >>> 2
      block[2] = 0
      block[3] = 0
      philox4x32(block, seed, STREAM)
      const words = Math.min(4, channels - channel)
      for (let word = 0; word < words; word += 1) {
        noise[token * channels + channel + word] = inverseNormal((block[word]! + 0.5) * WORD_TO_PROBABILITY)
      }
    }
  }
  return noise
}

const LN2 = 0.693_147_180_559_945_3

/** Natural logarithm of 0 < x < 2 by `ln m = 2 artanh((m - 1) / (m + 1))`, m in [1/sqrt 2, sqrt 2); error about 1e-16. */
function portableLog(x: number): number {
  let mantissa = x
  let exponent = 0
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2
    exponent -= 1
  }
  if (mantissa >= Math.SQRT2) {
    mantissa /= 2
    exponent += 1
  }
  const z = (mantissa - 1) / (mantissa + 1)
  const square = z * z
  let series = 0
  for (let degree = 21; degree >= 1; degree -= 2) series = series * square + 1 / degree
  return exponent * LN2 + 2 * z * series
}

/** Coefficients of algorithm AS 241 (PPND16), highest power first; each pair is numerator and denominator. */
const CENTRE_NUMERATOR = [
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
  133.14166789178438, 3.3871328727963665
]
const CENTRE_DENOMINATOR = [
  5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
  42.31333070160091, 1
]
const MIDDLE_NUMERATOR = [
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835
]
const MIDDLE_DENOMINATOR = [
  1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1
]
const TAIL_NUMERATOR = [
  2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
  1.7848265399172913, 5.463784911164114, 6.657904643501103
]
const TAIL_DENOMINATOR = [
  2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
  0.1369298809227358, 0.599832206555888, 1
]

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0
  for (const coefficient of coefficients) value = value * x + coefficient
  return value
}

/**
 * Quantile of the standard normal distribution for 0 < probability < 1, relative error about 1e-16.
 * Source: Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988).
 */
export function inverseNormal(probability: number): number {
  const centred = probability - 0.5
  if (centred >= -0.425 && centred <= 0.425) {
    const r = 0.180_625 - centred * centred
    return (centred * polynomial(CENTRE_NUMERATOR, r)) / polynomial(CENTRE_DENOMINATOR, r)
  }
  const r = Math.sqrt(-portableLog(centred < 0 ? probability : 1 - probability))
  const magnitude =
    r <= 5
      ? polynomial(MIDDLE_NUMERATOR, r - 1.6) / polynomial(MIDDLE_DENOMINATOR, r - 1.6)
      : polynomial(TAIL_NUMERATOR, r - 5) / polynomial(TAIL_DENOMINATOR, r - 5)
  return centred < 0 ? -magnitude : magnitude
}
