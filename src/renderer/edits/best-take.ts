/** Which of several takes to play first. Pure. */
import type { ProjectDocument, Region, Take } from '@shared/project'
import { SAMPLE_RATE } from '@shared/time'
import { nearestOf, within } from './attacks'

/** An attack this near to a point is the point's; the ear takes them for one, and the encoder is no more exact. */
const MET_WITHIN_SAMPLES = 0.06 * SAMPLE_RATE

type Range = Pick<Region, 'fromSample' | 'toSample'>

/**
 * The take whose attacks agree best with the sync points of a range: neither many points without an attack nor many
 * attacks without a point. The best of three, by the onsets of the metric, has an F1 of 0.734 where one has 0.714
 * (docs/quality-log.md, "Tried after 0.6.0"). The first of equals, and where there are no points.
 */
export function bestTake(document: ProjectDocument, range: Range, takes: readonly Take[]): Take | undefined {
  const scored = takes.map((take) => ({ take, score: agreement(document, range, take) }))
  return scored.sort((a, b) => b.score - a.score)[0]?.take
}

/** The F-measure that is to be expected, 0 to 1: a suggested point counts for as much as it is probable. */
function agreement({ syncMarks }: ProjectDocument, range: Range, take: Take): number {
  const attacks = within(range, take.attacks).map(({ sample }) => sample)
  let [met, all] = [0, 0]
  for (const mark of within(range, syncMarks)) {
    const worth = mark.kind === 'pinned' ? 1 : mark.probability
    const nearest = nearestOf(attacks, mark.sample)
    all += worth
    if (nearest !== null && Math.abs(nearest - mark.sample) <= MET_WITHIN_SAMPLES) met += worth
  }
  return all === 0 ? 0 : (2 * met) / (attacks.length + all)
}
