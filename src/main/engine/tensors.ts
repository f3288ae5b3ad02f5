/** Tensors as plain data: typed arrays with their shape. Only `sessions.ts` knows ONNX Runtime's own. */
import type { TensorSpec } from '@shared/pack'

export interface FloatTensor {
  readonly type: 'float32'
  readonly data: Float32Array
  readonly dims: readonly number[]
}

export interface IndexTensor {
  readonly type: 'int64'
  readonly data: BigInt64Array
  readonly dims: readonly number[]
}

export type Tensor = FloatTensor | IndexTensor

/** Tensors by the name of the graph's input or output. */
export type Feeds = Readonly<Record<string, Tensor>>
export type Outputs = Readonly<Record<string, FloatTensor>>

export function float32(data: Float32Array, ...dims: readonly number[]): FloatTensor {
  return { type: 'float32', data, dims }
}

export function int64(values: readonly number[], ...dims: readonly number[]): IndexTensor {
  return { type: 'int64', data: BigInt64Array.from(values, (value) => BigInt(value)), dims }
}

/** `data` `[...]` as the rows of a batch: `[times, ...]`. */
export function repeated(data: Float32Array, times: number): Float32Array {
  const batch = new Float32Array(data.length * times)
  for (let row = 0; row < times; row += 1) batch.set(data, row * data.length)
  return batch
}

export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, extent) => product * extent, 1)
}

/**
 * Does a tensor fit its specification? `bound` holds the extents that the free axes of this run have so far, and
 * receives those that this tensor gives. Returns what is wrong, or undefined.
 */
export function misfit(spec: TensorSpec, tensor: Tensor, bound: Map<string, number>): string | undefined {
  const expected = spec.axes.map((axis) => (typeof axis === 'number' ? axis : (bound.get(axis) ?? axis)))
  const fits =
    tensor.type === spec.type &&
    tensor.dims.length === expected.length &&
    tensor.data.length === sizeOf(tensor.dims) &&
    expected.every((axis, position) => typeof axis === 'string' || axis === tensor.dims[position])
  if (!fits) {
    return (
      `${spec.name} should be ${spec.type} [${expected.join(', ')}], ` +
      `but is ${tensor.type} [${tensor.dims.join(', ')}] with ${tensor.data.length} values`
    )
  }
  spec.axes.forEach((axis, position) => {
    if (typeof axis === 'string') bound.set(axis, tensor.dims[position]!)
  })
  return undefined
}

/** Zeros for every input, each free axis with an extent of two: enough to see whether a graph runs at all. */
export function zeroFeeds(inputs: readonly TensorSpec[]): Feeds {
  return Object.fromEntries(
    inputs.map((spec) => {
      const dims = spec.axes.map((axis) => (typeof axis === 'number' ? axis : 2))
      const size = sizeOf(dims)
      return [
        spec.name,
        spec.type === 'float32'
          ? float32(new Float32Array(size), ...dims)
          : int64(new Array<number>(size).fill(0), ...dims)
      ]
    })
  )
}

export function allFinite(data: Float32Array): boolean {
  return data.every((value) => Number.isFinite(value))
}
