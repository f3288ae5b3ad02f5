/** The smallest value that so large a share of them does not exceed (nearest rank). */
export const percentile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)]
export const median = (values) => percentile(values, 0.5)
