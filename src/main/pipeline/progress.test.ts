import { expect, it } from 'vitest'
import type { Progress } from '@shared/progress'
import { createProgressMeter } from './progress'

it('never goes back and ends at exactly 1', () => {
  const seen: Progress[] = []
  const meter = createProgressMeter((progress) => seen.push(progress))
  meter.report('load', 1)
  meter.report('sample', 0.5)
  meter.report('sample', 0.2)
  meter.report('decode', 7)
  for (const phase of ['probe', 'frames', 'encode', 'sample', 'mix', 'mux'] as const) meter.report(phase, 1)
  expect(seen.at(-1)!.fraction).toBeLessThan(1)
  meter.finish()
  const fractions = seen.map(({ fraction }) => fraction)
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
  expect(fractions.at(-1)).toBe(1)
})
