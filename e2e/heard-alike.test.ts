/** What the window plays is what is exported: the live mixer, over a Web Audio that only adds up, beside the export's mix. */
import { produce } from 'immer'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { ProjectDocument, Take } from '@shared/project'
import { mixBlocks } from '../src/main/jobs/timeline-mix'
import { temporaryFolder } from '../src/main/engine/testing'
import { WavWriter } from '../src/main/media/wav'
import { readWavSlice } from '../src/main/studio/wav-slice'
import { changeRegion, placeTakes, splitRegion } from '../src/renderer/edits/regions'
import { addTrack, changeChannel } from '../src/renderer/edits/tracks'
import { Mixer } from '../src/renderer/playback/mixer'
import { piecesBetween } from '../src/renderer/playback/schedule'
import { at, counter, makeDocument, makeTake, SETTINGS } from '../src/test/document'
import { peak, worstDifference } from '../src/test/samples'

/** The mixer schedules three seconds ahead; its pieces begin anew at 4 s. */
const FROM = at(2)
const TO = at(5)
let folder = ''
beforeAll(async () => {
  const made = await temporaryFolder()
  folder = made.path
  for (const [index, take] of TAKES.entries()) {
    const length = take.toSample - take.fromSample
    const writer = await WavWriter.create(join(folder, `${take.id}.wav`), { sampleRate: 48_000, channels: 1 })
    await writer.write(Float32Array.from({ length }, (_, n) => 0.2 * Math.sin((0.01 + 0.013 * index) * n + index)))
    await writer.close()
  }
  return () => made[Symbol.asyncDispose]()
})
afterEach(() => vi.unstubAllGlobals())

const TAKES: readonly Take[] = [
  makeTake('long', 0, 6),
  // Drawn inside of it, to join it on both sides.
  { ...makeTake('inner', 2.8, 3.1), joinsBefore: 'long', joinsAfter: 'long' },
  makeTake('left', 1, 3.5),
  // Begins before it plays: it is let in by its own sound.
  makeTake('right', 3, 6),
  makeTake('quiet', 0, 6)
]
const [LONG, INNER, LEFT, RIGHT, QUIET] = TAKES

/** Fades, fades that were cut, cross-fades of either kind, joints, gains, pan, and what is muted. */
const DOCUMENT = produce(makeDocument(), (draft) => {
  const newId = counter()
  draft.media.durationSamples = at(6)
  const place = (trackId: string, take: Take | undefined, from: number, to: number) => {
    if (!take) throw new Error('there are five takes')
    const range = { fromSample: at(from), toSample: at(to) }
    return { trackId, regionId: placeTakes(draft, { trackId, ...range, takes: [take], settings: SETTINGS }, newId) }
  }
  const long = place('t', LONG, 0, 6)
  changeRegion(draft, long, { fadeInSamples: at(3), fadeOutSamples: at(2) })
  place('t', INNER, 2.8, 3.1)
  const [, , after] = draft.tracks[0]?.regions ?? []
  // Inside of the fade out, and of the grid's next cell.
  const tail = splitRegion(draft, { trackId: 't', regionId: after?.id ?? '' }, at(4.5), newId)
  changeRegion(draft, { trackId: 't', regionId: tail ?? '' }, { gainDb: -9 })
  changeChannel(draft, 't', { gainDb: -2 })

  const second = addTrack(draft, newId)
  changeRegion(draft, place(second, LEFT, 1, 3.5), { pan: -0.4, gainDb: 3 })
  changeRegion(draft, place(second, RIGHT, 3.5, 6), { pan: 0.7, fadeOutSamples: at(2.2) })
  const third = addTrack(draft, newId)
  place(third, QUIET, 0, 3)
  changeRegion(draft, place(third, QUIET, 3, 6), { muted: true })
})

const changed = (recipe: (draft: ProjectDocument) => void): ProjectDocument => produce(DOCUMENT, recipe)
const regionOf = (draft: ProjectDocument, track: number, index: number) => {
  const region = draft.tracks[track]?.regions[index]
  if (!region) throw new Error('there is no such region')
  return region
}

it.each([
  ['fades, cuts, joints and gains', DOCUMENT],
  ['a muted track', changed(({ tracks }) => void (tracks[1]!.muted = true))],
  ['a solo track', changed(({ tracks }) => void (tracks[1]!.solo = true))],
  ['a solo region', changed((draft) => void (regionOf(draft, 0, 1).solo = true))],
  ['a muted region that lets another in', changed((draft) => void (regionOf(draft, 1, 0).muted = true))]
])('%s: the same samples live and exported', async (_name, document) => {
  const [live, exported] = [await playedLive(document), await mixed(document)]
  for (const side of [0, 1] as const) {
    expect(peak(exported[side])).toBeGreaterThan(0.05)
    expect(live[side]).toHaveLength(exported[side].length)
    expect(worstDifference(live[side], exported[side])).toBeLessThan(1e-6)
  }
})

type Stereo = readonly [left: Float32Array, right: Float32Array]

async function mixed(document: ProjectDocument): Promise<Stereo> {
  const both: Stereo = [new Float32Array(TO - FROM), new Float32Array(TO - FROM)]
  const request = { document, takesFolder: folder, part: { kind: 'timeline' }, fromSample: FROM, toSample: TO } as const
  let at = 0
  for await (const block of mixBlocks(request)) {
    for (let i = 0; i < block.length; i += 1) both[i % 2 === 0 ? 0 : 1][at + (i >> 1)] = block[i] ?? NaN
    at += block.length / 2
  }
  return both
}

async function playedLive(document: ProjectDocument): Promise<Stereo> {
  const started: Started[] = []
  stubWebAudio(started)
  const errors: unknown[] = []
  const mixer = new Mixer({ document: () => document, onError: (error) => errors.push(error) })
  mixer.start(FROM, 1)
  await expect.poll(() => errors.length + started.length).toBe(piecesBetween(document, FROM, TO, null).length)
  expect(errors).toEqual([])
  await mixer.dispose()
  const both: Stereo = [new Float32Array(TO - FROM), new Float32Array(TO - FROM)]
  for (const { source, atSec, offsetSec, lengthSec } of started) addTo(both, source, [atSec, offsetSec, lengthSec])
  return both
}

interface Started {
  readonly source: FakeNode
  readonly atSec: number
  readonly offsetSec: number
  readonly lengthSec: number
}

/** As the Web Audio standard has a mono source go through its StereoPanner and its gain. */
function addTo([left, right]: Stereo, source: FakeNode, times: readonly [number, number, number]): void {
  const [begin = 0, offset = 0, length = 0] = times.map((sec) => Math.round(sec * 48_000))
  const [panner, level] = [source.next, source.next?.next]
  if (!source.options.buffer || !panner || !level) throw new Error('a source goes through a panner and a gain')
  const angle = (((panner.options.pan ?? 0) + 1) * Math.PI) / 4
  const samples = source.options.buffer.getChannelData()
  for (let i = 0; i < length; i += 1) {
    const value = (samples[offset + i] ?? NaN) * level.gain.value
    left[begin + i] = (left[begin + i] ?? NaN) + Math.cos(angle) * value
    right[begin + i] = (right[begin + i] ?? NaN) + Math.sin(angle) * value
  }
}

class FakeBuffer {
  readonly #samples: Float32Array
  constructor(length: number) {
    this.#samples = new Float32Array(length)
  }
  getChannelData = (): Float32Array => this.#samples
  copyToChannel = (from: Float32Array): void => this.#samples.set(from)
}

interface FakeOptions {
  readonly buffer?: FakeBuffer
  readonly pan?: number
  readonly gain?: number
}

class FakeNode {
  readonly gain
  next: FakeNode | null = null
  constructor(
    _context: unknown,
    readonly options: FakeOptions = {}
  ) {
    this.gain = { value: options.gain ?? 1, setTargetAtTime: () => undefined }
  }
  connect(next: FakeNode): FakeNode {
    this.next = next
    return next
  }
  disconnect = (): void => undefined
  stop = (): void => undefined
}

/** Time stands: whatever is scheduled is in time. Sound of takes comes as the main process reads it. */
function stubWebAudio(started: Started[]): void {
  class Source extends FakeNode {
    start(atSec: number, offsetSec: number, lengthSec: number): void {
      started.push({ source: this, atSec, offsetSec, lengthSec })
    }
  }
  class Context {
    readonly currentTime = 0
    readonly outputLatency = 0
    readonly destination = new FakeNode(this)
    createGain = (): FakeNode => new FakeNode(this)
    createBuffer = (_channels: number, length: number): FakeBuffer => new FakeBuffer(length)
    resume = (): Promise<void> => Promise.resolve()
    close = (): Promise<void> => Promise.resolve()
  }
  vi.stubGlobal('AudioContext', Context)
  vi.stubGlobal('AudioBufferSourceNode', Source)
  vi.stubGlobal('StereoPannerNode', FakeNode)
  vi.stubGlobal('GainNode', FakeNode)
  vi.stubGlobal('fetch', async (url: string) => {
    const { pathname, searchParams } = new URL(url, 'app://foley/')
    const take = TAKES.find(({ id }) => pathname === `/takes/${id}/pcm`)
    if (!take) return new Response(null, { status: 404 })
    const [from = NaN, to = NaN] = ['from', 'to'].map((name) => Number(searchParams.get(name)) - take.fromSample)
    return new Response(await readWavSlice(join(folder, `${take.id}.wav`), from, to))
  })
}
