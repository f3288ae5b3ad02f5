/**
 * Average precision as `sklearn.metrics.average_precision_score`: sum over thresholds of (R_n - R_{n-1}) P_n, one
 * threshold for each distinct score, so that equal scores enter together and their order does not matter. No
 * interpolation. 0 when nothing is relevant.
 */
export interface Scored {
  readonly relevant: boolean
  readonly score: number
}

export function averagePrecision(items: readonly Scored[]): number {
  const ranked = [...items].sort((a, b) => b.score - a.score)
  const total = ranked.filter((item) => item.relevant).length
  if (total === 0) return 0
  let found = 0
  let area = 0
  let foundBefore = 0
  ranked.forEach((item, index) => {
    if (item.relevant) found += 1
    if (ranked[index + 1]?.score === item.score) return
    area += ((found - foundBefore) / total) * (found / (index + 1))
    foundBefore = found
  })
  return area
}
