import { describe, expect, it } from 'vitest'
import { FoleyError } from '@shared/errors'
import { checkPoints, planRange, planTakes } from './plan'

describe('planTakes', () => {
  it('numbers every take after the first and steps its seed', () => {
    const takes = planTakes({
      takes: 3,
      outputPath: '/a.b/film.mp4',
      stemPath: 'stem.wav',
      settings: { seed: 0xffff_fffe }
    })
    expect(takes.map(({ outputPath }) => outputPath)).toEqual([
      '/a.b/film.mp4',
      '/a.b/film.take2.mp4',
      '/a.b/film.take3.mp4'
    ])
    expect(takes.map(({ stemPath }) => stemPath)).toEqual(['stem.wav', 'stem.take2.wav', 'stem.take3.wav'])
    expect(takes.map(({ seed }) => seed)).toEqual([0xffff_fffe, 0xffff_ffff, 0])
    expect(takes[0]).not.toHaveProperty('onsetsPath')
  })
})

describe('planRange', () => {
  it('covers the film to the sample', () => {
    expect(planRange({ durationSec: 1.0017 }, 50, {})).toEqual({
      totalSamples: 48082,
      fromSample: 0,
      toSample: 48082,
      fromLatent: 0,
      toLatent: 51
    })
  })

  it('keeps to the asked range, and to the film', () => {
    const plan = planRange({ durationSec: 10 }, 50, { fromSec: 2.015, toSec: 99 })
    expect(plan).toMatchObject({ fromSample: 96720, toSample: 480000, fromLatent: 100, toLatent: 500 })
  })

  it('refuses an empty range', () => {
    expect(() => planRange({ durationSec: 3 }, 50, { fromSec: 3 })).toThrow(FoleyError)
    expect(() => planRange({ durationSec: 3 }, 50, { fromSec: 2, toSec: 1 })).toThrow(FoleyError)
  })
})

describe('checkPoints', () => {
  it('refuses a point that the film does not have', () => {
    const film = { durationSec: 4.12 }
    checkPoints(film, [{ timeSec: 0 }, { timeSec: 4.119 }])
    expect(() => checkPoints(film, [{ timeSec: 1 }, { timeSec: 4.12 }])).toThrow(
      expect.objectContaining({ code: 'request.range' })
    )
  })

  it('refuses a point outside the range that is drawn', () => {
    const check = (timeSec: number) => () => checkPoints({ durationSec: 8 }, [{ timeSec }], { fromSec: 2, toSec: 5 })
    for (const timeSec of [2, 4.99]) expect(check(timeSec)).not.toThrow()
    for (const timeSec of [1.99, 5]) expect(check(timeSec)).toThrow(/not in the range from 2 s to 5 s/)
  })
})
