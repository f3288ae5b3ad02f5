import { describe, expect, it } from 'vitest'
import { outputNames } from './batch'

describe('outputNames', () => {
  it('is the film without its extension', () => {
    expect(outputNames(['a.mp4', 'b.c.mov'])).toEqual(['a', 'b.c'])
  })

  it('is all of it where two films would share one, whatever the case, so that none is lost', () => {
    expect(outputNames(['a.mp4', 'A.mov', 'b.mov'])).toEqual(['a.mp4', 'A.mov', 'b'])
    const names = outputNames(['a.mp4', 'a.mov', 'a.mp4.mov'])
    expect(new Set(names).size).toBe(3)
  })
})
