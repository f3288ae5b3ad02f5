import { describe, expect, it, vi } from 'vitest'
import type { PeakPyramid, SoundSource } from '@shared/ipc'
import { PeakStore } from './peak-store'

const take = (takeId: string): SoundSource => ({ kind: 'take', takeId })
const pyramid = (): PeakPyramid => ({ samplesPerPeak: [64], levels: [new Float32Array(100)] })

function store(load: (source: SoundSource) => Promise<PeakPyramid>, largestBytes = 1e6) {
  const clock = { ms: 0 }
  const [onArrival, onError] = [vi.fn(), vi.fn()]
  return {
    clock,
    onArrival,
    onError,
    peaks: new PeakStore({ load, onArrival, onError, largestBytes, now: () => clock.ms })
  }
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('peaks by sound', () => {
  it('are loaded once, however often they are asked for', async () => {
    const load = vi.fn(() => Promise.resolve(pyramid()))
    const { peaks, onArrival } = store(load)
    expect(peaks.get(take('a'))).toBeUndefined()
    peaks.get(take('a'))
    await settled()
    expect(peaks.get(take('a'))?.samplesPerPeak).toEqual([64])
    expect([load.mock.calls.length, onArrival.mock.calls.length]).toEqual([1, 1])
  })

  it('are asked for again some time after a failure, which is reported', async () => {
    const load = vi.fn(() => Promise.reject(new Error('gone')))
    const { peaks, clock, onError } = store(load)
    peaks.get(take('a'))
    await settled()
    peaks.get(take('a'))
    expect(load).toHaveBeenCalledTimes(1)
    expect(onError).toHaveBeenCalledTimes(1)
    clock.ms = 10_000
    peaks.get(take('a'))
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('forget what was used longest ago, and never what is on screen', async () => {
    const { peaks, clock } = store(() => Promise.resolve(pyramid()), 900)
    for (const id of ['a', 'b']) {
      peaks.get(take(id))
      await settled()
    }
    clock.ms = 5000
    peaks.get(take('a'))
    peaks.get(take('c'))
    await settled()
    expect(peaks.bytes).toBe(800)
    expect(peaks.get(take('a'))).toBeDefined()
    expect(peaks.get(take('b'))).toBeUndefined()
    peaks.get(take('d'))
    await settled()
    for (const id of ['a', 'b', 'c', 'd']) expect(peaks.get(take(id)), id).toBeDefined()
  })

  it('tell nobody once disposed', async () => {
    const { peaks, onArrival } = store(() => Promise.resolve(pyramid()))
    peaks.get(take('a'))
    peaks.dispose()
    await settled()
    expect(onArrival).not.toHaveBeenCalled()
  })
})
