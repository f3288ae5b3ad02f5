/** The `Range` header of RFC 9110, section 14: what a video element asks for when it seeks. */

export type ByteRange =
  | { readonly kind: 'whole' }
  /** Both ends included, as in `Content-Range`. */
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' }

const WHOLE: ByteRange = { kind: 'whole' }

/**
 * One range of a file of `size` bytes. A header that is malformed, or asks for several ranges at once, may be ignored
 * (RFC 9110, 14.2): the answer is then the whole file.
 */
export function parseByteRange(header: string | null, size: number): ByteRange {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '')
  const [, from = '', to = ''] = match ?? []
  if (from === '' && to === '') return WHOLE
  if (from === '') return lastBytes(Number(to), size)
  const first = Number(from)
  const wanted = to === '' ? size - 1 : Number(to)
  if (to !== '' && wanted < first) return WHOLE
  if (first >= size) return { kind: 'unsatisfiable' }
  return { kind: 'part', first, last: Math.min(wanted, size - 1) }
}

/** `bytes=-500`: the last 500. */
function lastBytes(count: number, size: number): ByteRange {
  if (count === 0 || size === 0) return { kind: 'unsatisfiable' }
  return { kind: 'part', first: Math.max(0, size - count), last: size - 1 }
}
