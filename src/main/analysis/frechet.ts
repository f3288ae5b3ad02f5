/**
 * Fréchet distance between two Gaussians fitted to embeddings (Heusel et al. 2017, Eq. 6; Kilgour et al. 2019 for sound):
 * |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). With C1 = L L^T the eigenvalues of C1 C2 are those of the symmetric
 * L^T C2 L, so the last trace is the sum of their square roots: no imaginary part, and covariances may be singular. It is called FAD only with the embedding that
 * the reader knows it by (VGGish); the report names the file.
 */
import { cholesky, eigenvalues, multiply, type SquareMatrix, transpose } from './symmetric'

/** Mean [d] and unbiased covariance [d, d], as numpy.cov. */
export interface Gaussian {
  readonly mean: Float64Array
  readonly covariance: SquareMatrix
}

/** Adds embeddings one by one (Welford's update, which does not cancel). */
export class GaussianFit {
  private mean: Float64Array | undefined
  private products = new Float64Array(0)
  private total = 0

  get count(): number {
    return this.total
  }

  /** `row`: [d], the same d every time. */
  add(row: ArrayLike<number>): void {
    const size = row.length
    if (!this.mean) {
      this.mean = new Float64Array(size)
      this.products = new Float64Array(size * size)
    }
    const { mean, products } = this
    if (mean.length !== size) throw new RangeError(`embeddings of ${mean.length} and of ${size} numbers were mixed`)
    this.total += 1
    const gap = Float64Array.from(row, (value, i) => value - mean[i]!)
    for (let i = 0; i < size; i += 1) mean[i]! += gap[i]! / this.total
    const weight = (this.total - 1) / this.total
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) products[i * size + j]! += weight * gap[i]! * gap[j]!
    }
  }

  /** Undefined below two rows: one point has no spread. */
  fit(): Gaussian | undefined {
    const { mean, total } = this
    if (!mean || total < 2) return undefined
    const values = this.products.map((value) => value / (total - 1))
    return { mean: Float64Array.from(mean), covariance: { size: mean.length, values } }
  }
}

const trace = ({ size, values }: SquareMatrix): number =>
  Array.from({ length: size }, (_, i) => values[i * size + i]!).reduce((sum, value) => sum + value, 0)

/** Never negative; both Gaussians of the same dimension. */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  const gap = a.mean.reduce((sum, value, i) => sum + (value - b.mean[i]!) ** 2, 0)
  const lower = cholesky(a.covariance)
  const product = multiply(multiply(transpose(lower), b.covariance), lower)
  const overlap = eigenvalues(product).reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0)
  return Math.max(0, gap + trace(a.covariance) + trace(b.covariance) - 2 * overlap)
}
