/** What a suggested sync point is worth to the model. Pure. */
import type { SuggestedSync } from './requests'

const QUIETEST_DB = -60
const LEAST_PROBABILITY = 1e-3

/**
 * Peak level in dBFS that a listener may expect at a suggestion, -60 to 0: softer where the encoder is not sure that there
 * is a hit. `training/encoder.py` (`expected_level`) does the same; the transformer learned from sounds of that level.
 */
export function expectedLevelDb({
  probability,
  loudnessDb
}: Pick<SuggestedSync, 'probability' | 'loudnessDb'>): number {
  const level = loudnessDb + 20 * Math.log10(Math.max(probability, LEAST_PROBABILITY))
  return Math.min(0, Math.max(QUIETEST_DB, level))
}
