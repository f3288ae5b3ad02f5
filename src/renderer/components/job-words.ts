/** What a job says of itself. Pure. */
import type { JobUpdate } from '@shared/ipc'
import type { Phase } from '@shared/progress'
import { secondsText } from './format'

const PHASES: Readonly<Record<Phase, string>> = {
  load: 'loading the model',
  probe: 'reading the film',
  frames: 'reading pictures',
  encode: 'watching for hits',
  sample: 'drawing sound',
  decode: 'making the waveform',
  mix: 'mixing',
  mux: 'writing the file'
}

export function phaseText({ state, phase }: Pick<JobUpdate, 'state' | 'phase'>): string {
  if (state === 'queued') return 'waiting'
  return phase === null ? 'starting' : PHASES[phase]
}

/** "0.6 s · 1.2 s left". */
export function timeText({ elapsedSec, remainingSec }: Pick<JobUpdate, 'elapsedSec' | 'remainingSec'>): string {
  const left = remainingSec === null ? '' : ` · ${secondsText(remainingSec)} left`
  return `${secondsText(elapsedSec)}${left}`
}

const STEPS = [0, 25, 50, 75, 100]

/** Progress in steps that a screen reader may say without being a nuisance. */
export const spokenPercent = (fraction: number): number => STEPS.findLast((step) => fraction * 100 >= step) ?? 0
