/**
 * One-to-one matching of two lists of instants, for attacks and for human labels. As many pairs as possible, and among
 * those the smallest sum of distances, so that a measured offset is not an artefact of who was served first. (The
 * paper's metric has its own greedy rule, in `sync.ts`.)
 */
export interface InstantMatch {
  /** Pairs / generated, pairs / reference and their harmonic mean; 0 when only one side has instants. */
  readonly f1: number
  readonly precision: number
  readonly recall: number
  /** Generated minus reference of each pair, in time order: positive = late. */
  readonly offsetsSec: readonly number[]
}

/** Pairs nearer than `toleranceSec`. Both lists in seconds, sorted; the best non-crossing matching is the best one. */
export function pairInstants(
  reference: readonly number[],
  generated: readonly number[],
  toleranceSec: number
): number[] {
  const columns = generated.length + 1
  const pairs = new Int32Array((reference.length + 1) * columns)
  const distance = new Float64Array(pairs.length)
  const better = (a: number, b: number): boolean =>
    pairs[a]! > pairs[b]! || (pairs[a]! === pairs[b]! && distance[a]! <= distance[b]!)
  for (let r = 1; r <= reference.length; r += 1) {
    for (let g = 1; g < columns; g += 1) {
      const cell = r * columns + g
      const skip = better(cell - columns, cell - 1) ? cell - columns : cell - 1
      pairs[cell] = pairs[skip]!
      distance[cell] = distance[skip]!
      const gap = Math.abs(generated[g - 1]! - reference[r - 1]!)
      if (gap >= toleranceSec) continue
      const diagonal = cell - columns - 1
      const count = pairs[diagonal]! + 1
      const sum = distance[diagonal]! + gap
      if (count > pairs[cell] || (count === pairs[cell] && sum < distance[cell])) {
        pairs[cell] = count
        distance[cell] = sum
      }
    }
  }
  return readBack(reference, generated, pairs, distance)
}

/** Walks the table from its last corner: a cell equal to a neighbour was not made by a pair. */
function readBack(
  reference: readonly number[],
  generated: readonly number[],
  pairs: Int32Array,
  distance: Float64Array
): number[] {
  const columns = generated.length + 1
  const offsets: number[] = []
  let r = reference.length
  let g = generated.length
  const same = (a: number, b: number): boolean => pairs[a] === pairs[b] && distance[a] === distance[b]
  while (r > 0 && g > 0) {
    const cell = r * columns + g
    if (same(cell, cell - columns)) r -= 1
    else if (same(cell, cell - 1)) g -= 1
    else {
      offsets.push(generated[g - 1]! - reference[r - 1]!)
      r -= 1
      g -= 1
    }
  }
  return offsets.reverse()
}

/** F1 and offsets of `generated` against `reference`; undefined when both are empty. Seconds, any order. */
export function matchInstants(
  reference: readonly number[],
  generated: readonly number[],
  toleranceSec: number
): InstantMatch | undefined {
  if (reference.length === 0 && generated.length === 0) return undefined
  const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)
  const offsetsSec = pairInstants(sorted(reference), sorted(generated), toleranceSec)
  const hits = offsetsSec.length
  return {
    f1: (2 * hits) / (reference.length + generated.length),
    precision: generated.length === 0 ? 0 : hits / generated.length,
    recall: reference.length === 0 ? 0 : hits / reference.length,
    offsetsSec
  }
}
