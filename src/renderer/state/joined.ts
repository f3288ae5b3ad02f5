/** Who asks again for what is under way gets the same answer: one dialog, however often its key is pressed. */
export function joined<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let underWay: Promise<Result> | null = null
  return () => (underWay ??= work().finally(() => (underWay = null)))
}
