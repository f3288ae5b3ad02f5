import { produce } from 'immer'
import { describe, expect, it } from 'vitest'
import { at, counter, makeDocument, makeTake, SETTINGS } from '../../test/document'
import { changeRegion, deleteRegion, placeTakes } from '../edits/regions'
import { addSyncMark } from '../edits/sync-marks'
import { markRange, removeTrack } from '../edits/tracks'
import { generateJob, seedsFor, targetNow, targetOf } from './generation'
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

describe('a range over two regions', () => {
  const settingsOver = (first: Partial<typeof SETTINGS>, second: Partial<typeof SETTINGS>) => {
    const document = produce(empty, (draft) => {
      for (const [index, change] of [first, second].entries()) {
        const [from, takes] = [index * 2, [makeTake(`t${index}`, index * 2, index * 2 + 2)]]
        const settings = { ...SETTINGS, ...change }
        placeTakes(draft, { trackId: 't', fromSample: at(from), toSample: at(from + 2), takes, settings }, newId)
      }
      markRange(draft, at(1), at(3))
    })
    return targetOf(document, nothing, track(document))!
  }

  it('keeps what both are set to, and takes the rest from the project', () => {
    const target = settingsOver({ guidance: 6, steps: 8, seed: 1 }, { guidance: 6, steps: 9, seed: 2 })
    expect(target.settings).toEqual({ ...SETTINGS, guidance: 6 })
    expect(target.regionIds).toHaveLength(2)
  })

  it('does not lock a seed that neither has', () => {
    const locked = { seedLocked: true }
    expect(settingsOver({ ...locked, seed: 1 }, { ...locked, seed: 2 }).settings.seedLocked).toBe(false)
    expect(settingsOver({ ...locked, seed: 5 }, { ...locked, seed: 5 }).settings).toMatchObject({ ...locked, seed: 5 })
  })
})

describe('targetNow', () => {
  const asked = targetOf(filled, region, track(filled))!
  const place = { trackId: 't', regionId: track(filled).regions[0]!.id }

  it('is where the region is now, with the settings that were asked for', () => {
    const changed = produce(filled, (draft) => {
      changeRegion(draft, place, { settings: { ...SETTINGS, guidance: 1 } })
      draft.tracks[0]!.regions[0]!.toSample = at(8)
    })
    expect(targetNow(changed, asked)).toMatchObject({ toSample: at(8), settings: { guidance: 6 } })
  })

  it('takes in what would be left of a region that was trimmed meanwhile, too short to stand by itself', () => {
    const marked = produce(filled, (draft) => markRange(draft, at(2), at(4)))
    const range = targetOf(marked, nothing, track(marked))!
    const trimmed = produce(marked, (draft) => void (draft.tracks[0]!.regions[0]!.toSample = at(4) + 100))
    expect(targetNow(trimmed, range)).toMatchObject({ fromSample: at(2), toSample: at(4) + 100 })
  })

  it('is nowhere when the region was deleted, or its track', () => {
    expect(
      targetNow(
        produce(filled, (draft) => deleteRegion(draft, place)),
        asked
      )
    ).toBeNull()
    expect(
      targetNow(
        produce(filled, (draft) => removeTrack(draft, 't')),
        asked
      )
    ).toBeNull()
  })

  it('is the range that was asked for where another take has swallowed the region', () => {
    const swallowed = produce(filled, (draft) => {
      deleteRegion(draft, place)
      const takes = [makeTake('w', 0, 10)]
      placeTakes(draft, { trackId: 't', fromSample: 0, toSample: at(10), takes, settings: SETTINGS }, newId)
    })
    expect(targetNow(swallowed, asked)).toMatchObject({ fromSample: 0, toSample: at(10), isRegeneration: true })
  })
})

it('asks with the context around the range and the points in it', () => {
  const marked = produce(filled, (draft) => markRange(draft, at(5), at(6)))
  const target = targetOf(marked, nothing, track(marked))!
  const job = generateJob(marked, target, { jobId: 'j', seeds: [3, 4] })
  expect(job.context).toEqual([{ takeId: 'a', takeFromSample: at(0), fromSample: at(1), toSample: at(10) }])
  expect(job.syncPoints).toEqual([{ timeSec: 1 }, { timeSec: 5.5 }, { timeSec: 9.9 }])
  expect(job.settings.seed).toBe(3)
  const doubted = produce(marked, (draft) => {
    draft.syncMarks = [{ kind: 'suggested', id: 's', sample: at(5), probability: 0.5, loudnessDb: -6 }]
  })
  const hinted = generateJob(doubted, target, { jobId: 'j', seeds: [3] })
  expect(hinted.syncPoints).toEqual([{ timeSec: 5, loudnessDb: expect.closeTo(-12.02, 2) }])
  expect(generateJob({ ...marked, pictureOffsetSamples: -1200 }, target, { jobId: 'j', seeds: [3] })).toMatchObject({
    pictureOffsetSamples: -1200,
    syncPoints: job.syncPoints
  })
  const rivals = produce(doubted, (draft) => {
    draft.syncMarks.push({ kind: 'pinned', id: 'p', sample: at(5.04), loudnessDb: null })
  })
  expect(generateJob(rivals, target, { jobId: 'j', seeds: [3] }).syncPoints).toEqual([{ timeSec: 5.04 }])
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

it('numbers takes behind all that are there, also after a clean-up', () => {
  const numbered = produce(empty, (draft) => {
    draft.takes['x'] = { ...makeTake('x', 0, 1), name: 'Take 7' }
  })
  const job = generateJob(numbered, targetOf(numbered, nothing, track(numbered))!, { jobId: 'j', seeds: [3] })
  expect(job.firstNumber).toBe(8)
})
