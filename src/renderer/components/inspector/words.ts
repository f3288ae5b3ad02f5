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

const isRegionOf = (document: ProjectDocument, target: Target): boolean =>
  document.tracks.some(({ regions }) => regions.some(({ settings }) => settings === target.settings))

/** The region whose settings a target uses, or null for the project's own: that is where the inspector's edits go. */
export function settingsOwner(document: ProjectDocument, target: Target): RegionPlace | null {
  for (const track of document.tracks) {
    const region = track.regions.find(({ settings }) => settings === target.settings)
    if (region) return { trackId: track.id, regionId: region.id }
  }
  return null
}
