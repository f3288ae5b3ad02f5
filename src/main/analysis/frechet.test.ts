import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEmbedding } from './embedding'
import { type Gaussian, GaussianFit, frechetDistance } from './frechet'
import golden from './golden-onsets.json'
import { noise } from './random'
import { cholesky, eigenvalues, multiply, type SquareMatrix, transpose } from './symmetric'

const gaussian = (mean: number[], rows: number[][]): Gaussian => ({
  mean: Float64Array.from(mean),
  covariance: { size: mean.length, values: Float64Array.from(rows.flat()) }
})

/** A positive semi-definite matrix of the given rank. */
function gram(size: number, rank: number, seed: number): SquareMatrix {
  const factor = noise(size * rank, seed)
  const values = Float64Array.from({ length: size * size }, (_, i) => {
    const [row, col] = [Math.floor(i / size), i % size]
    let sum = 0
    for (let k = 0; k < rank; k += 1) sum += factor[row * rank + k]! * factor[col * rank + k]!
    return sum
  })
  return { size, values }
}

describe('symmetric matrices', () => {
  it('has the eigenvalues of a known matrix', () => {
    const values = eigenvalues({ size: 3, values: Float64Array.from([2, -1, 0, -1, 2, -1, 0, -1, 2]) })
    const expected = [2 - Math.SQRT2, 2, 2 + Math.SQRT2]
    expected.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 12))
    expect(Array.from(eigenvalues({ size: 1, values: Float64Array.from([7]) }))).toEqual([7])
    expect(Array.from(eigenvalues({ size: 2, values: new Float64Array(4) }))).toEqual([0, 0])
  })

  it.each([
    [30, 30],
    [40, 10]
  ])('keeps trace and squared norm, and shows the rank: size %i, rank %i', (size, rank) => {
    const matrix = gram(size, rank, 1)
    const values = eigenvalues(matrix)
    const sum = (numbers: Float64Array): number => numbers.reduce((total, value) => total + value, 0)
    const trace = sum(matrix.values.filter((_, i) => i % (size + 1) === 0))
    expect(sum(values)).toBeCloseTo(trace, 8)
    expect(sum(values.map((value) => value * value))).toBeCloseTo(sum(matrix.values.map((value) => value * value)), 6)
    expect(values.filter((value) => Math.abs(value) > 1e-9).length).toBe(rank)
  })

  it.each([
    [30, 30],
    [40, 10]
  ])('factors: size %i, rank %i', (size, rank) => {
    const matrix = gram(size, rank, 2)
    const lower = cholesky(matrix)
    const product = multiply(lower, transpose(lower)).values
    expect(matrix.values.reduce((most, value, i) => Math.max(most, Math.abs(value - product[i]!)), 0)).toBeLessThan(
      1e-9
    )
  })
})

describe('the Fréchet distance', () => {
  it('is 0 between equals', () => {
    const a = gaussian([1, 2], [[2, 0.5], [0.5, 1]]) // prettier-ignore
    expect(frechetDistance(a, a)).toBeCloseTo(0, 9)
  })

  it('is the squared distance of the means when the covariances are equal', () => {
    const rows = [[2, 0.5], [0.5, 1]] // prettier-ignore
    expect(frechetDistance(gaussian([0, 0], rows), gaussian([3, 4], rows))).toBeCloseTo(25, 9)
  })

  it('is the sum of (sqrt(a) - sqrt(b))^2 for diagonal covariances', () => {
    const a = gaussian([0, 0, 0], [[4, 0, 0], [0, 9, 0], [0, 0, 0]]) // prettier-ignore
    const b = gaussian([0, 0, 0], [[1, 0, 0], [0, 25, 0], [0, 0, 2]]) // prettier-ignore
    expect(frechetDistance(a, b)).toBeCloseTo(1 + 4 + 2, 9)
    expect(frechetDistance(b, a)).toBeCloseTo(1 + 4 + 2, 9)
  })

  it('equals scipy’s on clouds whose covariances do not commute', () => {
    const { dims, count, distance } = golden.frechet
    const cloud = (seed: number, bend: (row: Float64Array) => void): Gaussian => {
      const values = noise(dims * count, seed)
      const fit = new GaussianFit()
      for (let i = 0; i < count; i += 1) {
        const row = values.slice(i * dims, (i + 1) * dims)
        bend(row)
        fit.add(row)
      }
      return fit.fit()!
    }
    const second = cloud(6, (row) => {
      row.forEach((value, i) => (row[i] = value * (i + 1) + 0.5))
      row[0]! += 0.8 * row[1]!
    })
    expect(frechetDistance(cloud(5, () => undefined), second)).toBeCloseTo(distance, 8) // prettier-ignore
  })

  it('needs two rows and one dimension', () => {
    const fit = new GaussianFit()
    expect(fit.fit()).toBeUndefined()
    fit.add([1, 2])
    expect(fit.fit()).toBeUndefined()
    fit.add([3, 2])
    expect(Array.from(fit.fit()!.mean)).toEqual([2, 2])
    expect(Array.from(fit.fit()!.covariance.values)).toEqual([2, 0, 0, 0])
    expect(() => fit.add([1])).toThrow(RangeError)
  })
})

describe('an embedding graph', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foley-embedding-'))
    await writeFile(join(folder, 'embedding.onnx'), Buffer.from(golden.embeddingGraph, 'base64'))
    await writeFile(join(folder, 'broken.onnx'), 'not a graph')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('turns a waveform into rows', async () => {
    const { embed, dispose } = await loadEmbedding(join(folder, 'embedding.onnx'))
    const wave = new Float32Array(3200)
    wave[0] = 0.25
    wave[1700] = -0.5
    wave[1800] = 0.125
    // Mean square is a sum here; peak; first sample: of each tenth of a second.
    expect((await embed(wave)).map((row) => Array.from(row))).toEqual([
      [0.0625, 0.25, 0.25],
      [0.265625, 0.125, 0]
    ])
    await dispose()
  })

  it('is refused with its reason when it cannot be loaded or run', async () => {
    await expect(loadEmbedding(join(folder, 'broken.onnx'))).rejects.toMatchObject({ code: 'request.unsupported' })
    await expect(loadEmbedding(join(folder, 'none.onnx'))).rejects.toMatchObject({ code: 'request.unsupported' })
    const { embed, dispose } = await loadEmbedding(join(folder, 'embedding.onnx'))
    await expect(embed(new Float32Array(1601))).rejects.toMatchObject({ code: 'request.unsupported' })
    await dispose()
  })
})
