import { describe, expect, it } from 'vitest'
import { parseByteRange } from './byte-range'

const part = (first: number, last: number) => ({ kind: 'part', first, last })

describe('parseByteRange', () => {
  it('reads a closed, an open and a suffix range', () => {
    expect(parseByteRange('bytes=0-99', 1000)).toEqual(part(0, 99))
    expect(parseByteRange('bytes=500-', 1000)).toEqual(part(500, 999))
    expect(parseByteRange('bytes=-100', 1000)).toEqual(part(900, 999))
    expect(parseByteRange('Bytes = 3 - 3', 1000)).toEqual(part(3, 3))
  })

  it('ends at the end of the file', () => {
    expect(parseByteRange('bytes=900-5000', 1000)).toEqual(part(900, 999))
    expect(parseByteRange('bytes=-5000', 1000)).toEqual(part(0, 999))
  })

  it('refuses what starts beyond the end', () => {
    for (const header of ['bytes=1000-', 'bytes=1000-1001', 'bytes=-0']) {
      expect(parseByteRange(header, 1000)).toEqual({ kind: 'unsatisfiable' })
    }
    for (const header of ['bytes=0-', 'bytes=-1']) {
      expect(parseByteRange(header, 0)).toEqual({ kind: 'unsatisfiable' })
    }
  })

  it('answers with the whole file to no header, a malformed one and several ranges', () => {
    for (const header of [null, '', 'bytes=-', 'bytes=5-2', 'items=0-1', 'bytes=a-b', 'bytes=0-1,5-6', 'bytes=1.5-2']) {
      expect(parseByteRange(header, 1000)).toEqual({ kind: 'whole' })
    }
  })
})
