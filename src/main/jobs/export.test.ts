import { mkdirSync } from 'node:fs'
import { mkdtemp, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ExportReport } from '@shared/ipc'
import type { ProjectDocument } from '@shared/project'
import * as clips from '../../test/clips'
import { peak } from '../../test/samples'
import { smallDisk } from '../../test/small-disk'
import { decodeAudio } from '../media/audio'
import type { MediaInfo } from '../media/media-info'
import { probe } from '../media/probe'
import { findTools, type MediaTools } from '../media/tools'
import { readWav } from '../media/wav-read'
import { renderDrag, renderWav } from './drag'
import { formatCsv, formatEdl } from './events-list'
import { exportDocument } from './export'
import { documentOf, regionOf, SETTINGS, takeOf, trackOf, writeTake } from './testing'

let tools: MediaTools
let silent: MediaInfo
let toned: MediaInfo
let surface: string
beforeAll(async () => {
  tools = await findTools()
  silent = await probe(await clips.silentFilm(), tools)
  toned = await probe(await clips.plainFilm(), tools)
  surface = await mkdtemp(clips.scratch('takes-'))
  await writeTake(surface, HITS, silent, hits)
  await writeTake(surface, HUM, silent, hum)
})

/** Short bursts, as Foley is: loud peaks and little loudness. */
const hits = (n: number): number => (n % 24_000 < 1200 ? 0.5 * Math.sin(0.3 * n) * Math.exp(-(n % 24_000) / 200) : 0)
const hum = (n: number): number => 0.05 * Math.sin(0.05 * n)
const ATTACKS = [0, 24_000, 48_000].map((sample) => ({ sample, levelDb: -6 }))
const HITS = takeOf('hits', 0, 144_000, { attacks: ATTACKS })
const HUM = takeOf('hum', 0, 144_000)
const hitTrack = trackOf('Feet / gravel', [regionOf(HITS)])
const humTrack = trackOf('Hum', [regionOf(HUM)])

const newFolder = (): Promise<string> => mkdtemp(clips.scratch('export-'))

async function make(
  film: MediaInfo,
  exports: Partial<ProjectDocument['exports']>,
  change: Partial<ProjectDocument> = {},
  path?: string
): Promise<ExportReport> {
  const base = documentOf(film, { takes: { hits: HITS, hum: HUM }, tracks: [hitTrack], ...change })
  const document = { ...base, exports: { ...base.exports, ...exports } }
  const target = path ?? join(await newFolder(), 'out.mp4')
  const context = { film, media: tools, takesFolder: surface, report: () => undefined }
  const { signal } = new AbortController()
  return exportDocument({ jobId: 'j', document, path: target }, { ...context, signal })
}

async function levelAt(path: string, fromSec: number, toSec: number): Promise<number> {
  const sound = await decodeAudio(await probe(path, tools), { sampleRate: 48_000, channels: 2 }, tools)
  return peak(sound.subarray(2 * Math.round(fromSec * 48_000), 2 * Math.round(toSec * 48_000)))
}

const packets = async (path: string): Promise<string> =>
  (await execa('ffmpeg', ['-v', 'error', '-i', path, '-map', '0:v', '-c', 'copy', '-f', 'streamhash', '-'])).stdout

describe('exportDocument', () => {
  it('writes the picture’s own packets and the timeline’s sound, and nothing else', async () => {
    const report = await make(silent, {})
    expect(report.files).toEqual([report.path])
    expect(await readdir(dirname(report.path))).toEqual(['out.mp4'])
    expect(await packets(report.path)).toBe(await packets(silent.path))
    const sound = await decodeAudio(await probe(report.path, tools), { sampleRate: 48_000, channels: 2 }, tools)
    expect(sound.length / 2).toBe(144_000)
    expect(await levelAt(report.path, 0.99, 1.1)).toBeGreaterThan(0.3)
    expect(report.truePeakDbtp).toBeGreaterThan(-9)
  })

  it('reaches the loudness where the peaks allow it', async () => {
    const report = await make(silent, { loudness: '-23' }, { tracks: [humTrack] })
    expect(report.loudnessLufs).toBeCloseTo(-23, 0)
    expect(report.warnings).toEqual([])
  })

  it('stops at the true-peak ceiling and says what was reached', async () => {
    const report = await make(silent, { loudness: '-14' })
    expect(report.loudnessLufs).toBeLessThan(-15)
    expect(report.truePeakDbtp).toBeLessThanOrEqual(-0.9)
    expect(report.truePeakDbtp).toBeGreaterThan(-2.5)
    const reached = report.loudnessLufs!.toFixed(1).replace('-', '−')
    expect(report.warnings.join()).toContain(`−1 dBTP before −14 LUFS: the loudness reached is ${reached} LUFS`)
  })

  it('sets the loudness of the mix, not of its part', async () => {
    const report = await make(toned, { loudness: '-23', original: 'mix' }, { tracks: [humTrack] })
    expect(report.loudnessLufs).toBeCloseTo(-23, 0)
  })

  it('mixes the original at its own gain, and leaves it out where it is not heard', async () => {
    const original = { gainDb: 0, muted: false, solo: false }
    const level = async (change: Partial<ProjectDocument['original']>): Promise<number> =>
      levelAt((await make(toned, { original: 'mix' }, { tracks: [], original: { ...original, ...change } })).path, 1, 2)
    const full = await level({})
    expect(full).toBeGreaterThan(0.05)
    expect((await level({ gainDb: -12 })) / full).toBeCloseTo(10 ** (-12 / 20), 1)
    expect(await level({ muted: true })).toBeLessThan(1e-3)
    const kept = await make(toned, { original: 'second-track' }, { original: { ...original, muted: true } })
    expect((await probe(kept.path, tools)).audio).toHaveLength(2)
  })

  it('measures nothing in silence', async () => {
    const report = await make(silent, { loudness: '-16' }, { tracks: [] })
    expect(report).toMatchObject({ loudnessLufs: null, truePeakDbtp: null, warnings: [] })
  })

  it('writes stems that the preset leaves as they are, and lists, beside the film', async () => {
    const tracks = [
      hitTrack,
      humTrack,
      trackOf('hum', [regionOf(HUM)]),
      trackOf('off', [regionOf(HUM)], { muted: true })
    ]
    const report = await make(silent, { loudness: '-23', stems: true, csv: true, edl: true }, { tracks })
    const folder = dirname(report.path)
    const names = ['out - Feet _ gravel.wav', 'out - Hum.wav', 'out - hum 2.wav', 'out.csv', 'out.edl']
    expect(report.files).toEqual([report.path, ...names.map((name) => join(folder, name))])
    expect((await readdir(folder)).sort()).toEqual(['out.mp4', ...names].sort())
    const stem = await readWav(report.files[2]!)
    expect(stem).toMatchObject({ channels: 2, bitsPerSample: 24, frames: 144_000, timeReferenceSamples: 0 })
    expect(peak(stem.samples)).toBeCloseTo(0.05, 4)
  })

  it('goes to MOV where MP4 cannot carry the picture, with a word', async () => {
    const film = await probe(await clips.proResFilm(), tools)
    const folder = await newFolder()
    const report = await make(film, { csv: true }, { tracks: [] }, join(folder, 'out.mp4'))
    expect(report.path).toBe(join(folder, 'out.mov'))
    expect(report.files[1]).toBe(join(folder, 'out.csv'))
    expect(report.warnings.join()).toContain('prores')
  })

  it('refuses to write over the film, and a failure leaves what was there', async () => {
    await expect(make(silent, {}, {}, silent.path)).rejects.toMatchObject({ code: 'output.same-as-input' })
    const folder = await newFolder()
    const path = join(folder, 'out.mp4')
    await writeFile(path, 'earlier')
    await writeFile(join(folder, 'out.csv'), 'earlier too')
    const lost = takeOf('lost', 0, 1000)
    const tracks = [hitTrack, trackOf('t', [regionOf(lost)])]
    const takes = { hits: HITS, lost }
    const exports = { csv: true, stems: true }
    await expect(make(silent, exports, { tracks, takes }, path)).rejects.toMatchObject({ code: 'input.unreadable' })
    expect((await readdir(folder)).sort()).toEqual(['out.csv', 'out.mp4'])
    expect(await readFile(path, 'utf8')).toBe('earlier')
    expect(await readFile(join(folder, 'out.csv'), 'utf8')).toBe('earlier too')
  })

  // Three seconds: of a bus 1125 KiB, of a stem 844. On the second disk the film has room, and one stem.
  it.for([
    [600, 'out.mp4'],
    [1600, 'out - Hum.wav']
  ] as const)(
    'on a disk of %i KiB has no room for %s, and says so (needs to mount one)',
    async ([kibibytes, name], context) => {
      const disk = await smallDisk(kibibytes, context)
      const made = make(silent, { stems: true }, { tracks: [hitTrack, humTrack] }, join(disk, 'out.mp4'))
      const message = expect.stringContaining(`${join(disk, name)}.`)
      await expect(made).rejects.toMatchObject({ code: 'output.disk-full', message })
      expect(await readdir(disk)).toEqual([])
    }
  )

  it('that cannot put its last file in place leaves every earlier one as it was', async () => {
    const folder = await newFolder()
    const path = join(folder, 'out.mp4')
    for (const name of ['out.mp4', 'out - Hum.wav']) await writeFile(join(folder, name), `earlier ${name}`)
    const document = documentOf(silent, { takes: { hum: HUM }, tracks: [humTrack] })
    const job = {
      jobId: 'j',
      document: { ...document, exports: { ...document.exports, stems: true, csv: true } },
      path
    }
    const context = { film: silent, media: tools, takesFolder: surface, signal: new AbortController().signal }
    // Somebody makes a folder of the list's name while the film is written.
    const report = (phase: string): void => {
      if (phase === 'mux') mkdirSync(join(folder, 'out.csv', 'in the way'), { recursive: true })
    }
    await expect(exportDocument(job, { ...context, report })).rejects.toMatchObject({ name: 'FoleyError' })
    expect((await readdir(folder)).sort()).toEqual(['out - Hum.wav', 'out.csv', 'out.mp4'])
    for (const name of ['out.mp4', 'out - Hum.wav']) {
      expect(await readFile(join(folder, name), 'utf8')).toBe(`earlier ${name}`)
    }
  })

  it('stops when aborted and leaves nothing', async () => {
    const folder = await newFolder()
    const controller = new AbortController()
    const document = documentOf(silent, { takes: { hits: HITS }, tracks: [hitTrack] })
    const context = { film: silent, media: tools, takesFolder: surface, signal: controller.signal }
    const report = (phase: string): void => {
      if (phase === 'mux') controller.abort()
    }
    const job = { jobId: 'j', document, path: join(folder, 'out.mp4') }
    await expect(exportDocument(job, { ...context, report })).rejects.toMatchObject({ name: 'AbortError' })
    expect(await readdir(folder)).toEqual([])
  })
})

describe('lists', () => {
  const listed = (media: Partial<ProjectDocument['media']> = {}): ProjectDocument => {
    const document = documentOf(silent, {
      takes: { hits: HITS },
      tracks: [trackOf('=Feet, "left"', [regionOf(HITS, { fromSample: 100, gainDb: -3 })])],
      syncMarks: [
        { kind: 'suggested', id: 's', sample: 23_000, probability: 0.75, loudnessDb: -12 },
        { kind: 'pinned', id: 'p', sample: 96_000, loudnessDb: null }
      ]
    })
    return { ...document, settings: SETTINGS, media: { ...document.media, ...media } }
  }

  it('CSV: what is heard and marked, in order, from the start timecode on', () => {
    expect(formatCsv(listed({ startFrame: 90_000 })).split('\n')).toEqual([
      'time_sec,timecode,kind,track,level_db,probability',
      '0.479167,01:00:00:11,suggested,,-12.0,0.750',
      `0.500000,01:00:00:12,onset,"'=Feet, ""left""",-9.0,`,
      `1.000000,01:00:01:00,onset,"'=Feet, ""left""",-9.0,`,
      '2.000000,01:00:02:00,pinned,,,',
      ''
    ])
  })

  it('EDL: one-frame markers, drop-frame where it is due', () => {
    const plain = formatEdl(listed(), 'Film – eins')
    expect(plain.split('\r\n').slice(0, 6)).toEqual([
      'TITLE: Film  eins',
      'FCM: NON-DROP FRAME',
      '',
      '001  001      V     C        00:00:00:11 00:00:00:12 00:00:00:11 00:00:00:12',
      ' |C:ResolveColorYellow |M:Sync point (suggested) |D:1',
      '* LOC: 00:00:00:11 YELLOW  Sync point (suggested)'
    ])
    const drop = formatEdl(listed({ rate: { num: 30_000, den: 1001 }, dropFrame: true, startFrame: 1798 }), 'x')
    expect(drop).toContain('FCM: DROP FRAME')
    // 59.96 s and half a second: over the minute, whose first two numbers do not exist.
    expect(drop).toContain('00:01:00;14')
    expect(formatEdl(listed({ dropFrame: true }), 'x')).not.toContain(';')
  })
})

describe('renderDrag', () => {
  it('gives a region or a track as a WAV with a name of its own, the same file for the same sound', async () => {
    const folder = await newFolder()
    const region = regionOf(HITS, { fromSample: 24_000, toSample: 60_000, muted: true })
    const document = documentOf(silent, { takes: { hits: HITS }, tracks: [trackOf('Feet', [region])] })
    const context = { film: silent, takesFolder: surface, folder }
    const path = await renderDrag({ document, trackId: 'Feet', regionId: region.id }, context)
    expect(path).toMatch(/silent - Feet 00\.00\.00\.12\.wav$/)
    expect(await readWav(path)).toMatchObject({ frames: 36_000, channels: 2, timeReferenceSamples: 24_000 })
    await utimes(dirname(path), 0, 0)
    expect(await renderDrag({ document, trackId: 'Feet', regionId: region.id }, context)).toBe(path)
    // Dragged again: it is young again.
    expect((await stat(dirname(path))).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
    const track = await renderDrag({ document, trackId: 'Feet', regionId: null }, context)
    expect(await readWav(track)).toMatchObject({ frames: 144_000 })
    const wrong = renderDrag({ document, trackId: 'Feet', regionId: 'no' }, context)
    await expect(wrong).rejects.toMatchObject({ code: 'request.invalid' })
  })
})

describe('renderWav', () => {
  it('writes where it was asked to, and tells what was over full scale', async () => {
    const target = join(await newFolder(), 'feet.wav')
    const loud = (gainDb: number): Promise<string[]> => {
      const region = regionOf(HITS, { fromSample: 24_000, toSample: 60_000, gainDb })
      const document = documentOf(silent, { takes: { hits: HITS }, tracks: [trackOf('Feet', [region])] })
      const place = { document, trackId: 'Feet', regionId: region.id }
      return renderWav(place, target, { film: silent, takesFolder: surface })
    }
    expect(await loud(0)).toEqual([])
    expect(await readWav(target)).toMatchObject({ frames: 36_000, channels: 2, timeReferenceSamples: 24_000 })
    expect(await loud(24)).toEqual([expect.stringMatching(/^The stem of Feet is over full scale in \d+ samples/)])
  })
})
