/** The little linear algebra that the Fréchet distance needs, on dense symmetric matrices of up to a few thousand rows. */

/** Row-major [size, size]. */
export interface SquareMatrix {
  readonly size: number
  readonly values: Float64Array
}

/** Pivots smaller than this part of the largest diagonal element count as 0: rank-deficient covariances are usual. */
const RANK_TOLERANCE = 1e-13
const MAX_ITERATIONS = 60

/**
 * Lower triangular L with L L^T = A, for a positive *semi*-definite A: where a pivot vanishes, so does the rest of its
 * column.
 */
export function cholesky({ size, values }: SquareMatrix): SquareMatrix {
  const l = new Float64Array(size * size)
  let largest = 0
  for (let i = 0; i < size; i += 1) largest = Math.max(largest, values[i * size + i]!)
  for (let col = 0; col < size; col += 1) {
    for (let row = col; row < size; row += 1) {
      let rest = values[row * size + col]!
      for (let k = 0; k < col; k += 1) rest -= l[row * size + k]! * l[col * size + k]!
      if (row === col) {
        if (rest <= RANK_TOLERANCE * largest) break
        l[row * size + col] = Math.sqrt(rest)
      } else {
        l[row * size + col] = rest / l[col * size + col]!
      }
    }
  }
  return { size, values: l }
}

export function multiply(a: SquareMatrix, b: SquareMatrix): SquareMatrix {
  const { size } = a
  const values = new Float64Array(size * size)
  for (let row = 0; row < size; row += 1) {
    for (let k = 0; k < size; k += 1) {
      const factor = a.values[row * size + k]!
      for (let col = 0; col < size; col += 1) values[row * size + col]! += factor * b.values[k * size + col]!
    }
  }
  return { size, values }
}

export function transpose({ size, values }: SquareMatrix): SquareMatrix {
  return { size, values: values.map((_, i) => values[(i % size) * size + Math.floor(i / size)]!) }
}

/** Householder reduction (Golub & Van Loan, Matrix Computations, 8.3.1): diagonal [n] and the n - 1 elements beside it. */
function tridiagonalise({ size, values }: SquareMatrix): { diagonal: Float64Array; beside: Float64Array } {
  const a = Float64Array.from(values)
  const beside = new Float64Array(size)
  const v = new Float64Array(size)
  const w = new Float64Array(size)
  for (let k = 0; k < size - 1; k += 1) {
    let norm = 0
    for (let i = k + 1; i < size; i += 1) {
      v[i] = a[i * size + k]!
      norm += v[i]! ** 2
    }
    norm = v[k + 1]! > 0 ? -Math.sqrt(norm) : Math.sqrt(norm)
    beside[k] = norm
    // |v|^2 of the reflector x - norm e1.
    const scale = 2 * norm * (norm - v[k + 1]!)
    if (scale === 0) continue
    v[k + 1]! -= norm
    const beta = 2 / scale
    let overlap = 0
    for (let i = k + 1; i < size; i += 1) {
      let sum = 0
      for (let j = k + 1; j < size; j += 1) sum += a[i * size + j]! * v[j]!
      w[i] = beta * sum
      overlap += w[i]! * v[i]!
    }
    for (let i = k + 1; i < size; i += 1) w[i]! -= (beta / 2) * overlap * v[i]!
    for (let i = k + 1; i < size; i += 1) {
      for (let j = k + 1; j < size; j += 1) a[i * size + j]! -= v[i]! * w[j]! + w[i]! * v[j]!
    }
  }
  return { diagonal: Float64Array.from({ length: size }, (_, i) => a[i * size + i]!), beside }
}

/** One implicitly shifted QL step on the block first..last (Press et al., Numerical Recipes, 11.4, without vectors). */
function qlStep(d: Float64Array, e: Float64Array, first: number, last: number): void {
  const slope = (d[first + 1]! - d[first]!) / (2 * e[first]!)
  const root = Math.hypot(slope, 1)
  let g = d[last]! - d[first]! + e[first]! / (slope + (slope < 0 ? -root : root))
  let [s, c, p] = [1, 1, 0]
  for (let i = last - 1; i >= first; i -= 1) {
    const f = s * e[i]!
    const b = c * e[i]!
    const r = Math.hypot(f, g)
    e[i + 1] = r
    if (r === 0) {
      d[i + 1]! -= p
      e[last] = 0
      return
    }
    s = f / r
    c = g / r
    g = d[i + 1]! - p
    const t = (d[i]! - g) * s + 2 * c * b
    p = s * t
    d[i + 1] = g + p
    g = c * t - b
  }
  d[first]! -= p
  e[first] = g
  e[last] = 0
}

/** All eigenvalues of a symmetric matrix, ascending. */
export function eigenvalues(matrix: SquareMatrix): Float64Array {
  const { diagonal, beside } = tridiagonalise(matrix)
  const coupled = (i: number): boolean =>
    Math.abs(beside[i]!) > Number.EPSILON * (Math.abs(diagonal[i]!) + Math.abs(diagonal[i + 1]!))
  for (let first = 0; first < matrix.size; first += 1) {
    for (let n = 0; ; n += 1) {
      let last = first
      while (last < matrix.size - 1 && coupled(last)) last += 1
      if (last === first) break
      if (n === MAX_ITERATIONS) throw new RangeError(`eigenvalues did not converge in ${MAX_ITERATIONS} steps`)
      qlStep(diagonal, beside, first, last)
    }
  }
  return diagonal.sort()
}
