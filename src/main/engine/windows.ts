/**
 * Plans over latent indices: which windows to sample and which chunks to decode. Pure; ranges are half-open and
 * absolute (latent 0 is the film's start).
 */
export interface LatentRange {
  readonly fromLatent: number
  readonly toLatent: number
}

export interface WindowLimits {
  /** Longest window that the model was trained for. */
  readonly maxLatents: number
  /** Latents of the window before that the next one holds as known. */
  readonly overlapLatents: number
  /** Windows begin at multiples of this, so that frames fall on the same positions in each; 1 = anywhere. */
  readonly alignLatents: number
}

/**
 * Windows that cover `range`, each next one beginning at most `overlapLatents + alignLatents - 1` before the end of the
 * one before. All get about the same length, so the last has no tiny remainder with too little picture around it:
 * 10.2 s are two windows of 6.1 s, not one of 10 s and one of 2.2 s.
 */
export function planWindows(range: LatentRange, limits: WindowLimits): LatentRange[] {
  const { fromLatent, toLatent } = range
  const { maxLatents, overlapLatents: overlap, alignLatents: align } = limits
  const count = toLatent - fromLatent
  if (count <= 0) return []
  if (count <= maxLatents) return [{ fromLatent, toLatent }]
  // Rounding a start down to the grid makes its window up to align - 1 longer; that must still fit.
  const largestStride = Math.max(1, maxLatents - overlap - align + 1)
  const windows = Math.ceil((count - overlap) / largestStride)
  const start = (index: number): number => {
    if (index === 0) return fromLatent
    const ideal = fromLatent + (index * (count - overlap)) / windows
    return Math.floor(ideal / align) * align
  }
  return Array.from({ length: windows }, (_, index) => ({
    fromLatent: start(index),
    toLatent: index === windows - 1 ? toLatent : Math.min(toLatent, start(index + 1) + overlap)
  }))
}

/**
 * `range` with up to `context` latents on both sides, as far as `available` reaches: what a region needs of the take
 * around it.
 */
export function withContext(range: LatentRange, context: number, available: LatentRange): LatentRange {
  return {
    fromLatent: Math.min(range.fromLatent, Math.max(available.fromLatent, range.fromLatent - context)),
    toLatent: Math.max(range.toLatent, Math.min(available.toLatent, range.toLatent + context))
  }
}

export interface DecodeChunk extends LatentRange {
  /** What the decoder is given; the samples outside `fromLatent..toLatent` are thrown away. */
  readonly input: LatentRange
}

/**
 * Chunks of `chunkLatents` that cover `range`, cut at multiples of `chunkLatents` so that the cuts do not depend on
 * where the range begins. Each is decoded with the decoder's receptive field on both sides, as far as `available`
 * reaches: decoding in chunks equals decoding whole.
 */
export function decodePlan(
  range: LatentRange,
  available: LatentRange,
  chunkLatents: number,
  receptiveField: number
): DecodeChunk[] {
  const chunks: DecodeChunk[] = []
  for (let from = range.fromLatent; from < range.toLatent;) {
    const next = (Math.floor(from / chunkLatents) + 1) * chunkLatents
    const chunk = { fromLatent: from, toLatent: Math.min(next, range.toLatent) }
    chunks.push({ ...chunk, input: withContext(chunk, receptiveField, available) })
    from = chunk.toLatent
  }
  return chunks
}

/**
 * The smallest number of latents that is a whole number of frames (2 at 25 fps and 50 Hz, 10 at 15 fps), or 1 where
 * there is none up to a second.
 */
export function frameAlignment(latentRateHz: number, visualRateHz: number): number {
  for (let latents = 1; latents <= latentRateHz; latents += 1) {
    const frames = (latents * visualRateHz) / latentRateHz
    if (Math.abs(frames - Math.round(frames)) < 1e-9 && frames >= 1 - 1e-9) return latents
  }
  return 1
}
