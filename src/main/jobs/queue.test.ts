import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { JobUpdate } from '@shared/ipc'
import { JobQueue, type JobHandle } from './queue'

const newQueue = (): { queue: JobQueue; updates: JobUpdate[] } => {
  const updates: JobUpdate[] = []
  return { queue: new JobQueue({ send: (update) => updates.push(update), log: () => undefined }), updates }
}
const job = (jobId: string) => ({ jobId, kind: 'generate', label: jobId }) as const
const statesOf = (updates: readonly JobUpdate[], jobId: string): string[] => [
  ...new Set(updates.filter((update) => update.jobId === jobId).map(({ state }) => state))
]

describe('JobQueue', () => {
  it('tells queued, running and done, and progress that never goes back and ends at 1', async () => {
    const { queue, updates } = newQueue()
    const value = await queue.start(job('a'), ({ turn, report }) =>
      turn('engine', async () => {
        for (const fraction of [0.2, 0.1, 0.5, 0.4, 2]) {
          report('sample', fraction)
          await sleep(110)
        }
        return 7
      })
    )
    expect(value).toBe(7)
    expect(statesOf(updates, 'a')).toEqual(['queued', 'running', 'done'])
    const fractions = updates.map(({ fraction }) => fraction)
    expect(fractions).toEqual([...fractions].sort((x, y) => x - y))
    expect(fractions.at(-1)).toBe(1)
    expect(fractions.at(-2)).toBeLessThan(1)
  })

  it('tells at most about ten times a second, and estimates what is left once that means something', async () => {
    const { queue, updates } = newQueue()
    await queue.start(job('a'), ({ turn, report }) =>
      turn('engine', async () => {
        for (let step = 1; step <= 150; step += 1) {
          report('sample', step / 200)
          await sleep(10)
        }
      })
    )
    const running = updates.filter(({ state }) => state === 'running')
    const elapsed = running.at(-1)!.elapsedSec
    expect(running.length).toBeLessThan(elapsed * 10 + 4)
    expect(running.length).toBeGreaterThan(8)
    expect(running.filter(({ elapsedSec }) => elapsedSec < 1).every(({ remainingSec }) => remainingSec === null)).toBe(
      true
    )
    const last = running.at(-1)!
    expect(last.remainingSec! / ((elapsed * 0.25) / 0.75)).toBeGreaterThan(0.7)
    expect(last.remainingSec! / ((elapsed * 0.25) / 0.75)).toBeLessThan(1.6)
  })

  it('runs one at a time in a lane, higher priorities first, and lanes beside each other', async () => {
    const { queue } = newQueue()
    const order: string[] = []
    const work =
      (name: string, lane: 'engine' | 'media', priority = 0) =>
      ({ turn }: JobHandle) =>
        turn(lane, async () => (order.push(`${name}+`), await sleep(30), order.push(`${name}-`)), priority)
    await Promise.all([
      queue.start(job('a'), work('a', 'engine')),
      queue.start(job('b'), work('b', 'engine')),
      queue.start(job('c'), work('c', 'engine', 1)),
      queue.start(job('m'), work('m', 'media'))
    ])
    expect(order.filter((entry) => !entry.startsWith('m'))).toEqual(['a+', 'a-', 'c+', 'c-', 'b+', 'b-'])
    expect(order.indexOf('m+')).toBeLessThan(order.indexOf('a-'))
  })

  it('rejects a cancelled job at once, though its work takes longer to end; the lane waits for that', async () => {
    const { queue, updates } = newQueue()
    let ended = false
    const slow = queue.start(job('slow'), ({ turn }) =>
      turn('engine', async () => {
        await sleep(150)
        ended = true
      })
    )
    const next = queue.start(job('next'), ({ turn }) => turn('engine', () => Promise.resolve(ended)))
    await sleep(20)
    const began = performance.now()
    queue.cancel('slow')
    expect(statesOf(updates, 'slow')).toEqual(['queued', 'running', 'cancelled'])
    await expect(slow).rejects.toMatchObject({ name: 'AbortError' })
    expect(performance.now() - began).toBeLessThan(50)
    expect(await next).toBe(true)
  })

  it('cancels what waits before it begins, and forgets unknown jobs', async () => {
    const { queue, updates } = newQueue()
    let began = false
    const first = queue.start(job('first'), ({ turn }) => turn('engine', () => sleep(50)))
    const waiting = queue.start(job('waiting'), ({ turn }) => turn('engine', () => Promise.resolve((began = true))))
    queue.cancel('waiting')
    queue.cancel('nobody')
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
    await first
    await queue.cancelAll()
    expect(began).toBe(false)
    expect(statesOf(updates, 'waiting')).toEqual(['queued', 'cancelled'])
  })

  it('tells failures, and refuses a name that runs already', async () => {
    const { queue, updates } = newQueue()
    const failing = queue.start(job('a'), ({ turn }) => turn('engine', () => Promise.reject(new Error('no'))))
    await expect(queue.start(job('a'), () => Promise.resolve(1))).rejects.toMatchObject({ code: 'request.invalid' })
    await expect(failing).rejects.toThrow('no')
    expect(statesOf(updates, 'a').at(-1)).toBe('failed')
  })
})
