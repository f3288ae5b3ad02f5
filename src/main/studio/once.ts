/**
 * One run of `work` for all who ask; a failed one is forgotten, so that a retry works once its cause is gone (ffmpeg is
 * installed, a disk is back).
 */
export function onceUntilItFails<T>(work: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined
  return async () => {
    found ??= work()
    try {
      return await found
    } catch (error) {
      found = undefined
      throw error
    }
  }
}
