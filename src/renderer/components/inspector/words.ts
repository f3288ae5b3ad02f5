/** What Generate would do, in words; and who owns the settings it would use. Pure. */
import type { ProjectDocument } from '@shared/project'
import type { RegionPlace } from '../../edits/find'
import { markedRange } from '../../edits/tracks'
import type { Target } from '../../state/generation'
import { countText } from '../format'

export interface TargetWords {
  /** On the button. */
  readonly verb: string
  /** Over the settings. */
  readonly title: string
}

export function targetWords(document: ProjectDocument, target: Target): TargetWords {
  const verb = target.isRegeneration ? 'Regenerate' : 'Generate'
  const marked = markedRange(document)
  if (marked && marked.fromSample === target.fromSample && marked.toSample === target.toSample) {
    return { verb: `${verb} marked range`, title: 'Marked range' }
  }
  const isAll = target.fromSample === 0 && target.toSample === document.media.durationSamples
  const isRegion = isRegionOf(document, target)
  if (isRegion) return { verb: `${verb} region`, title: 'Region' }
  return isAll ? { verb: `${verb} film`, title: 'Whole film' } : { verb, title: 'Range' }
}

/** Which sync points it would be told. */
export function targetNote(document: ProjectDocument, { fromSample, toSample, settings }: Target): string {
  const points = document.syncMarks.filter(({ sample }) => sample >= fromSample && sample < toSample).length
  if (settings.syncMode === 'off') return 'From the picture alone'
  if (points === 0)
    return settings.syncMode === 'only' ? 'No sync points here: it would be silent' : 'No sync points here'
  return `${countText(points, 'sync point')} ${settings.syncMode === 'only' ? 'and nothing else' : 'as hints'}`
}

/** Whether it lies in one region. */
function isRegionOf(document: ProjectDocument, { trackId, regionIds, fromSample, toSample }: Target): boolean {
  const [only, ...others] = regionIds
  const region = document.tracks.find(({ id }) => id === trackId)?.regions.find(({ id }) => id === only)
  if (!region || others.length > 0) return false
  return region.fromSample <= fromSample && region.toSample >= toSample
}

/** The regions whose settings a target uses, or none for the project's own: that is where the inspector's edits go. */
export const settingsOwners = ({ trackId, regionIds }: Target): RegionPlace[] =>
  regionIds.map((regionId) => ({ trackId, regionId }))
