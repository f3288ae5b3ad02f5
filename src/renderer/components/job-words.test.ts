import { expect, it } from 'vitest'
import { phaseText, spokenPercent, timeText } from './job-words'

it('says progress in quarters only', () => {
  expect([0, 0.1, 0.25, 0.49, 0.5, 0.99, 1].map(spokenPercent)).toEqual([0, 0, 25, 25, 50, 75, 100])
})

it('says what happens and how long it takes', () => {
  expect(phaseText({ state: 'running', phase: 'sample' })).toBe('drawing sound')
  expect(phaseText({ state: 'queued', phase: null })).toBe('waiting')
  expect(timeText({ elapsedSec: 0.6, remainingSec: null })).toBe('0.6 s')
  expect(timeText({ elapsedSec: 0.6, remainingSec: 65 })).toBe('0.6 s · 1:05 left')
})
