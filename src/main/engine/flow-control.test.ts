import { describe, expect, it } from 'vitest'
import { AsyncQueue, Credits, Turns } from './flow-control'
import { endsJob, isEngineCommand, isEngineEvent, owned } from './protocol'

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('AsyncQueue', () => {
  it('gives what was pushed before and while somebody waits, in order, then ends', async () => {
    const queue = new AsyncQueue<number>()
    queue.push(1)
    const taken = (async () => {
      const values: number[] = []
      for await (const value of queue) values.push(value)
      return values
    })()
    await tick()
    queue.push(2)
    queue.push(3)
    await tick()
    queue.end()
    queue.push(4)
    expect(await taken).toEqual([1, 2, 3])
  })

  it('gives what was there before a failure, then the failure', async () => {
    const queue = new AsyncQueue<number>()
    queue.push(1)
    queue.fail(new Error('broken'))
    const iterator = queue[Symbol.asyncIterator]()
    expect(await iterator.next()).toEqual({ value: 1, done: false })
    await expect(iterator.next()).rejects.toThrow('broken')
  })
})

describe('Credits', () => {
  it('lets as many through as were given, and keeps what nobody waits for', async () => {
    const credits = new Credits(1)
    let passed = 0
    const take = (): Promise<void> => credits.take().then(() => void (passed += 1))
    await take()
    const second = take()
    await tick()
    expect(passed).toBe(1)
    credits.give()
    await second
    credits.give()
    await take()
    expect(passed).toBe(3)
  })

  it('fails those that wait and those that come', async () => {
    const credits = new Credits(0)
    const waiting = credits.take()
    credits.fail(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
    await expect(credits.take()).rejects.toThrow('stopped')
    expect(() => credits.throwIfFailed()).toThrow('stopped')
  })
})

describe('Turns', () => {
  it('lets one in at a time, in the order they came, and skips one that was aborted', async () => {
    const turns = new Turns()
    const log: string[] = []
    const controller = new AbortController()
    const first = await turns.next()
    const second = turns.next(controller.signal).catch(() => log.push('aborted'))
    const third = turns.next().then((done) => {
      log.push('third')
      done()
    })
    controller.abort()
    await second
    await tick()
    expect(log).toEqual(['aborted'])
    first()
    await third
    expect(log).toEqual(['aborted', 'third'])
  })
})

describe('protocol', () => {
  it('gives a view a buffer of its own, since a structured clone copies the buffer behind it', () => {
    const whole = new Float32Array(1000)
    expect(owned(whole)).toBe(whole)
    const view = owned(whole.subarray(10, 20))
    expect(view).toHaveLength(10)
    expect(view.buffer.byteLength).toBe(40)
  })

  it("tells its messages from a transport's own", () => {
    expect(isEngineCommand({ type: 'cancel', job: 1 })).toBe(true)
    expect(isEngineEvent({ type: 'cancel', job: 1 })).toBe(false)
    for (const other of [null, 'cancel', { type: 'cancel' }, { type: 7, job: 1 }])
      expect(isEngineCommand(other)).toBe(false)
  })

  it('knows which events end a job', () => {
    expect(endsJob({ type: 'done', job: 1 })).toBe(true)
    expect(endsJob({ type: 'aborted', job: 1 })).toBe(true)
    expect(endsJob({ type: 'frames-taken', job: 1 })).toBe(false)
  })
})
