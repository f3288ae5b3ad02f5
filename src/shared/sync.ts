/** What a suggested sync point is worth to the model, and when it counts. Pure. */
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

/**
 * The suggestions of a film whose picture counts as `offsetSec` later: many recordings show a hit some ten milliseconds
 * before or after its sound. Those that would leave the film are left out.
 */
export function withPictureOffset<Suggestion extends Pick<SuggestedSync, 'timeSec'>>(
  suggestions: readonly Suggestion[],
  offsetSec: number,
  durationSec: number
): Suggestion[] {
  return suggestions
    .map((suggestion) => ({ ...suggestion, timeSec: suggestion.timeSec + offsetSec }))
    .filter(({ timeSec }) => timeSec >= 0 && timeSec < durationSec)
}
