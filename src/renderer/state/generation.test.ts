import { produce } from 'immer'
import { describe, expect, it } from 'vitest'
import { at, counter, makeDocument, makeTake, SETTINGS } from '../../test/document'
import { placeTakes } from '../edits/regions'
import { addSyncMark } from '../edits/sync-marks'
import { markRange } from '../edits/tracks'
import { generateJob, seedsFor, targetOf } from './generation'
import type { Selection } from './project.svelte'

const newId = counter()
const nothing: Selection = { kind: 'none' }
const empty = makeDocument()
const filled = produce(empty, (draft) => {
  const settings = { ...SETTINGS, guidance: 6, syncMode: 'hints' as const }
  placeTakes(draft, { trackId: 't', fromSample: 0, toSample: at(10), takes: [makeTake('a', 0, 10)], settings }, newId)
  for (const sec of [1, 5.5, 9.9]) addSyncMark(draft, at(sec), newId)
})
const track = (document: typeof empty) => document.tracks[0]!
const region: Selection = { kind: 'region', trackId: 't', regionId: track(filled).regions[0]!.id }

describe('targetOf', () => {
  it('is the whole film, the marked range, or the selected region', () => {
    expect(targetOf(empty, nothing, null)).toBeNull()
    expect(targetOf(empty, nothing, track(empty))).toMatchObject({ toSample: at(10), isRegeneration: false })
    expect(targetOf(filled, region, track(filled))).toMatchObject({ toSample: at(10), isRegeneration: true })
  })

  it('is the range inside the selected region, with that region’s settings', () => {
    const marked = produce(filled, (draft) => markRange(draft, at(5), at(6)))
    for (const selection of [region, nothing]) {
      expect(targetOf(marked, selection, track(marked))).toMatchObject({
        fromSample: at(5),
        toSample: at(6),
        settings: { guidance: 6 },
        isRegeneration: true
      })
    }
  })

  it('leaves nothing of a region that would be too short to stand', () => {
    const marked = produce(filled, (draft) => markRange(draft, 200, at(10) - 300))
    expect(targetOf(marked, nothing, track(marked))).toMatchObject({ fromSample: 0, toSample: at(10) })
    const longer = produce(filled, (draft) => markRange(draft, 480, at(10) - 480))
    expect(targetOf(longer, nothing, track(longer))).toMatchObject({ fromSample: 480, toSample: at(10) - 480 })
  })
})

it('asks with the context around the range and the points in it', () => {
  const marked = produce(filled, (draft) => markRange(draft, at(5), at(6)))
  const target = targetOf(marked, nothing, track(marked))!
  const job = generateJob(marked, target, { jobId: 'j', seeds: [3, 4] })
  expect(job.context).toEqual([{ takeId: 'a', fromSample: at(1), toSample: at(10) }])
  expect(job.syncPoints).toEqual([{ timeSec: 1 }, { timeSec: 5.5 }, { timeSec: 9.9 }])
  expect(job.settings.seed).toBe(3)
  const off = generateJob(marked, { ...target, settings: SETTINGS }, { jobId: 'j', seeds: [3] })
  expect(off.syncPoints).toEqual([])
  // What is drawn over is no context: of a film there may be more regions than a request takes.
  const whole = generateJob(filled, targetOf(filled, nothing, track(filled))!, { jobId: 'j', seeds: [3] })
  expect(whole.context).toEqual([])
})

it('counts up from a locked seed and draws new ones otherwise', () => {
  expect(seedsFor({ ...SETTINGS, seed: 0xffff_ffff, seedLocked: true }, 3, Math.random)).toEqual([0xffff_ffff, 0, 1])
  expect(seedsFor(SETTINGS, 2, () => 0.5)).toEqual([2 ** 31, 2 ** 31])
})
