/** What of a long list is worth drawing: only what is in view, and no more than can be told apart. Pure. */

/** Index of the first element whose key is not below `target`; keys rise. */
export function lowerBound<T>(sorted: readonly T[], target: number, key: (item: T) => number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (key(sorted[middle]!) < target) low = middle + 1
    else high = middle
  }
  return low
}

/** Elements with `from <= key <= to`. */
export function within<T>(sorted: readonly T[], from: number, to: number, key: (item: T) => number): readonly T[] {
  const first = lowerBound(sorted, from, key)
  let last = first
  while (last < sorted.length && key(sorted[last]!) <= to) last += 1
  return sorted.slice(first, last)
}

/** Stretches in time order without overlap that touch `from..to`. */
export function touching<T extends { readonly fromSample: number; readonly toSample: number }>(
  stretches: readonly T[],
  from: number,
  to: number
): readonly T[] {
  const first = lowerBound(stretches, from, ({ toSample }) => toSample)
  let last = first
  while (last < stretches.length && stretches[last]!.fromSample <= to) last += 1
  return stretches.slice(first, last)
}

/**
 * One element for each slot of `slotSize`: the one with the highest weight. Slots are counted from zero, not from the
 * view's edge, so scrolling never changes which elements are shown.
 */
export function thin<T>(
  items: readonly T[],
  slotSize: number,
  key: (item: T) => number,
  weight: (item: T) => number
): readonly T[] {
  const kept: T[] = []
  let lastSlot = -Infinity
  for (const item of items) {
    const slot = Math.floor(key(item) / slotSize)
    if (slot !== lastSlot) kept.push(item)
    else if (weight(item) > weight(kept.at(-1)!)) kept[kept.length - 1] = item
    lastSlot = slot
  }
  return kept
}
