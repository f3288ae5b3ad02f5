/** Onsets and sync points of a document as lists: CSV for spreadsheets, EDL markers for editing programs. Pure. */
import { soundingRegions } from '@shared/audible'
import type { ProjectDocument } from '@shared/project'
import { allowsDropFrame, SAMPLE_RATE, sampleToFrame, timecode } from '@shared/time'
import { audibleTracks } from './timeline-mix'

export interface ListedEvent {
  readonly sample: number
  readonly kind: 'onset' | 'suggested' | 'pinned'
  /** Null for sync points: they belong to the film. */
  readonly track: string | null
  /** Of an onset its peak as it is heard (region and track gain included), of a sync point the loudness wanted. */
  readonly levelDb: number | null
  readonly probability: number | null
}

/** All that is heard or marked, in order of time. */
export function listEvents(document: ProjectDocument): ListedEvent[] {
  const onsets = audibleTracks(document).flatMap((track) =>
    soundingRegions(track).flatMap((region) =>
      (document.takes[region.takeId]?.attacks ?? [])
        .filter(({ sample }) => sample >= region.fromSample && sample < region.toSample)
        .map(({ sample, levelDb }): ListedEvent => ({
          sample,
          kind: 'onset',
          track: track.name,
          levelDb: levelDb + region.gainDb + track.gainDb,
          probability: null
        }))
    )
  )
  const marks = document.syncMarks.map((mark): ListedEvent => ({
    sample: mark.sample,
    kind: mark.kind,
    track: null,
    levelDb: mark.loudnessDb,
    probability: mark.kind === 'suggested' ? mark.probability : null
  }))
  return [...onsets, ...marks].sort((a, b) => a.sample - b.sample)
}

const frameOf = ({ media }: ProjectDocument, sample: number): number =>
  media.startFrame + sampleToFrame(sample, media.rate)

function quoted(field: string): string {
  // A name that a spreadsheet would take for a formula is given as text.
  const text = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** `time_sec` counts from the film's start, `timecode` from its start timecode. */
export function formatCsv(document: ProjectDocument): string {
  const { rate, dropFrame } = document.media
  const rows = listEvents(document).map(({ sample, kind, track, levelDb, probability }) =>
    [
      (sample / SAMPLE_RATE).toFixed(6),
      timecode(frameOf(document, sample), rate, dropFrame),
      kind,
      quoted(track ?? ''),
      levelDb?.toFixed(1) ?? '',
      probability?.toFixed(3) ?? ''
    ].join(',')
  )
  return ['time_sec,timecode,kind,track,level_db,probability', ...rows, ''].join('\n')
}

const COLOURS = { onset: 'Blue', suggested: 'Yellow', pinned: 'Green' } as const

/**
 * A CMX 3600 list of one-frame events on the picture, each a marker: DaVinci Resolve reads the "|C: |M: |D:" line, Avid
 * and others the "* LOC:" comment. FCM says how timecodes count; drop-frame ones carry a semicolon.
 */
export function formatEdl(document: ProjectDocument, title: string): string {
  const { rate, dropFrame } = document.media
  const drops = dropFrame && allowsDropFrame(rate)
  const at = (frame: number): string => timecode(frame, rate, drops)
  const events = listEvents(document).flatMap((event, index) => {
    const frame = frameOf(document, event.sample)
    const [from, to] = [at(frame), at(frame + 1)]
    const name = plain(event.track === null ? `Sync point (${event.kind})` : `Hit: ${event.track}`)
    const colour = COLOURS[event.kind]
    return [
      `${String(index + 1).padStart(3, '0')}  001      V     C        ${from} ${to} ${from} ${to}`,
      ` |C:ResolveColor${colour} |M:${name} |D:1`,
      `* LOC: ${from} ${colour.toUpperCase().padEnd(7)} ${name}`
    ]
  })
  const head = [`TITLE: ${plain(title).slice(0, 70)}`, `FCM: ${drops ? 'DROP FRAME' : 'NON-DROP FRAME'}`, '']
  return [...head, ...events, ''].join('\r\n')
}

/** The format is ASCII, and "|" begins a field. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .replaceAll('|', '/')
