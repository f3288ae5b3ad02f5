/**
 * Eigenvalues of small symmetric matrices by cyclic Jacobi rotations (Golub & Van Loan, Matrix Computations, 8.5): slow
 * beyond a few hundred dimensions, but it cannot fail and keeps eigenvectors orthogonal to rounding.
 */

/** Row-major [size, size]. */
export interface SquareMatrix {
  readonly size: number
  readonly values: Float64Array
}

export interface Eigen {
  readonly values: Float64Array
  /** Column k, i.e. `vectors.values[row * size + k]`, belongs to value k. */
  readonly vectors: SquareMatrix
}

const MAX_SWEEPS = 60

function offDiagonal(a: Float64Array, size: number): number {
  let sum = 0
  for (let row = 0; row < size; row += 1) for (let col = 0; col < row; col += 1) sum += a[row * size + col]! ** 2
  return sum
}

/** Mixes rows (stride = size) or columns (stride = 1) p and q of a matrix. */
function rotate(a: Float64Array, p: number, q: number, step: number, size: number, c: number, s: number): void {
  for (let k = 0; k < size; k += 1) {
    const [i, j] = [p + k * step, q + k * step]
    const [x, y] = [a[i]!, a[j]!]
    a[i] = c * x - s * y
    a[j] = s * x + c * y
  }
}

export function eigenSymmetric(matrix: SquareMatrix): Eigen {
  const { size } = matrix
  const a = Float64Array.from(matrix.values)
  const vectors = new Float64Array(size * size)
  for (let i = 0; i < size; i += 1) vectors[i * size + i] = 1
  const small = a.reduce((sum, value) => sum + value * value, 0) * 1e-26
  for (let sweep = 0; sweep < MAX_SWEEPS && offDiagonal(a, size) > small; sweep += 1) {
    for (let p = 0; p < size - 1; p += 1) {
      for (let q = p + 1; q < size; q += 1) {
        const between = a[p * size + q]!
        if (between === 0) continue
        const theta = (a[q * size + q]! - a[p * size + p]!) / (2 * between)
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1))
        const c = 1 / Math.hypot(t, 1)
        const s = t * c
        rotate(a, p, q, size, size, c, s)
        rotate(a, p * size, q * size, 1, size, c, s)
        rotate(vectors, p, q, size, size, c, s)
      }
    }
  }
  return {
    values: Float64Array.from({ length: size }, (_, i) => a[i * size + i]!),
    vectors: { size, values: vectors }
  }
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

/** Square root of a symmetric positive semi-definite matrix; what rounding made negative counts as 0. */
export function squareRoot(matrix: SquareMatrix): SquareMatrix {
  const { size } = matrix
  const { values, vectors } = eigenSymmetric(matrix)
  const scaled = vectors.values.map((value, i) => value * Math.sqrt(Math.max(0, values[i % size]!)))
  const transposed = vectors.values.map((_, i) => vectors.values[(i % size) * size + Math.floor(i / size)]!)
  return multiply({ size, values: scaled }, { size, values: transposed })
}
