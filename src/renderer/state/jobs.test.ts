import type { JobUpdate } from '@shared/ipc'
import { expect, it } from 'vitest'
import { JobsState } from './jobs.svelte'
import { asking } from './testing'

const told = (jobId: string, state: JobUpdate['state']): JobUpdate => ({
  ...{ jobId, state, kind: 'generate', label: 'Drawing a take' },
  ...{ phase: null, fraction: 0, elapsedSec: 0, remainingSec: null }
})

it('a cancelled job does not come back with news that was under way: a second cancel meets the next job', () => {
  const cancelled: string[] = []
  const { ask } = asking({
    'job:cancel': ({ jobId }) => {
      cancelled.push(jobId)
      return Promise.resolve(null)
    }
  })
  const jobs = new JobsState(ask)
  jobs.update(told('a', 'running'))
  jobs.update(told('b', 'queued'))
  jobs.cancel(jobs.running!.jobId)
  jobs.update(told('a', 'running'))
  expect(jobs.list.map(({ jobId }) => jobId)).toEqual(['b'])
  jobs.cancel(jobs.running!.jobId)
  jobs.update(told('a', 'cancelled'))
  expect(jobs.list).toEqual([])
  expect(cancelled).toEqual(['a', 'b'])
})

it('a generation that is done stays until its takes are in the document', () => {
  const jobs = new JobsState(asking({}).ask)
  jobs.update(told('a', 'running'))
  jobs.update(told('a', 'done'))
  expect(jobs.list.map(({ jobId }) => jobId)).toEqual(['a'])
  jobs.drop('a')
  jobs.update(told('a', 'done'))
  expect(jobs.list).toEqual([])
})
