import { describe, expect, it } from 'vitest'
import * as clips from '../../test/clips'
import { seededRandom } from '../analysis/random'
import { cadenceStrength, convertedFrom, judged, pictureLatenessSec } from './conversion'
import { probe } from './probe'
import { findTools } from './tools'

/** Changes of a film at 25 frames a second that steps on by whole frames of `sourceHz`; the same in test_conversion.py. */
function changesFrom(sourceHz: number, count = 250): number[] {
  const source = (n: number): number => Math.floor((n * sourceHz) / 25)
  return Array.from({ length: count }, (_, n) => (source(n + 1) - source(n)) * (2 + Math.sin(n) + Math.sin(1.7 * n)))
}

describe('the cadence of what was left out', () => {
  it('is found, and where from', () => {
    expect(convertedFrom(changesFrom(30_000 / 1001))).toBe(30_000 / 1001)
    expect(convertedFrom(changesFrom(30, 1500))).toBe(30)
    expect(convertedFrom(changesFrom(25))).toBeUndefined()
    expect(convertedFrom(changesFrom(30).slice(0, 90))).toBeUndefined()
  })

  it('is as strong as training finds it', () => {
    const strengths = [30, 25].map((hz) => cadenceStrength(changesFrom(hz), 0.2))
    expect(strengths[0]).toBeCloseTo(22.183, 3)
    expect(strengths[1]).toBeCloseTo(0.038, 3)
  })
})

describe('judged', () => {
  /** What it says, and how many changes it took. */
  async function look(changes: readonly number[]): Promise<{ hz: number | undefined; seen: number }> {
    let seen = 0
    async function* stream(): AsyncGenerator<number> {
      for (const change of changes) {
        seen += 1
        yield await Promise.resolve(change)
      }
    }
    return { hz: await judged(stream()), seen }
  }
  const random = seededRandom(1)
  const noise = Array.from({ length: 2000 }, () => 2 * Math.exp(random() - 0.5))

  it('takes ten seconds of a clear cadence', async () => {
    expect(await look(changesFrom(30_000 / 1001, 2000))).toEqual({ hz: 30_000 / 1001, seen: 250 })
  })

  it('looks on while the cadence may still show', async () => {
    const faint = noise.map((change, n) => change * (1 + 0.1 * Math.cos(2 * Math.PI * (30_000 / 1001 / 25 - 1) * n)))
    const { hz, seen } = await look(faint)
    expect(hz).toBe(30_000 / 1001)
    expect(seen).toBeGreaterThan(250)
    expect(convertedFrom(faint.slice(0, 250))).toBeUndefined()
  })

  it('gives up where there is none', async () => {
    const { hz, seen } = await look(noise)
    expect(hz).toBeUndefined()
    expect(seen).toBeLessThan(noise.length)
  })
})

async function latenessOf(path: string): Promise<number> {
  const tools = await findTools()
  return pictureLatenessSec(await probe(path, tools), tools)
}

describe('pictureLatenessSec', () => {
  it('is a frame of the source where 29.97 became 25 frames a second', async () => {
    expect(await latenessOf(await clips.turningFilm('30000/1001'))).toBe(0.033)
  })

  it('is 0 for films that were not converted, not by ffmpeg, or are too short to tell', async () => {
    expect(await latenessOf(await clips.turningFilm('25'))).toBe(0)
    expect(await latenessOf(await clips.turningFilm('30000/1001', 3))).toBe(0)
    expect(await latenessOf(await clips.longNtscFilm())).toBe(0)
    const anonymous = clips.scratch('anonymous.mp4')
    const copied = ['-i', await clips.turningFilm('30000/1001'), '-c', 'copy']
    await clips.ffmpeg(...copied, '-metadata:s:v', 'encoder=another', anonymous)
    expect(await latenessOf(anonymous)).toBe(0)
    const still = clips.scratch('still.mp4')
    await clips.ffmpeg('-f', 'lavfi', '-i', 'color=gray:s=96x96:r=25:d=8', still)
    expect(await latenessOf(still)).toBe(0)
  })
})
