/** Which of several takes to play first. Pure. */
import type { ProjectDocument, Region, Take } from '@shared/project'
import { expectedF1 } from '@shared/sync'
import { SAMPLE_RATE } from '@shared/time'
import { within } from './attacks'

type Range = Pick<Region, 'fromSample' | 'toSample'>

/**
 * The take whose attacks agree best with the sync points of a range: neither many points without an attack nor many
 * attacks without a point. The best of three, by the onsets of the metric, has an F1 of 0.734 where one has 0.714
 * (docs/quality.md, "Tried after 0.6.0"). The first of equals, and where there are no points.
 */
export function bestTake(document: ProjectDocument, range: Range, takes: readonly Take[]): Take | undefined {
  const scored = takes.map((take) => ({ take, score: agreement(document, range, take) }))
  return scored.sort((a, b) => b.score - a.score)[0]?.take
}

/** A suggested point counts for as much as it is probable. */
function agreement({ syncMarks }: ProjectDocument, range: Range, take: Take): number {
  const hits = within(range, syncMarks).map((mark) => ({
    timeSec: mark.sample / SAMPLE_RATE,
    probability: mark.kind === 'pinned' ? 1 : mark.probability
  }))
  const attacksSec = within(range, take.attacks).map(({ sample }) => sample / SAMPLE_RATE)
  return expectedF1(attacksSec, hits)
}
