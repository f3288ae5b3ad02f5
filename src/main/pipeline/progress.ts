/** One bar for the whole job, from parts that each know only themselves. */
import { PHASES, type OnProgress, type Phase } from '@shared/progress'

/** Shares of a typical ten-second job on a laptop's CPU; they only decide how evenly the bar moves. */
const SHARES: Readonly<Record<Phase, number>> = {
  load: 0.04,
  probe: 0.01,
  frames: 0.05,
  encode: 0.15,
  sample: 0.55,
  decode: 0.1,
  mix: 0.02,
  mux: 0.08
}

export interface ProgressMeter {
  /** `fraction` is of this phase (of all takes together). */
  report(phase: Phase, fraction: number): void
  finish(): void
}

/** Never goes back, whatever order the parts report in, and says 1 only at the end. */
export function createProgressMeter(onProgress: OnProgress | undefined): ProgressMeter {
  const done = new Map<Phase, number>()
  let shown = 0
  return {
    report: (phase, fraction) => {
      done.set(phase, Math.max(done.get(phase) ?? 0, Math.min(Math.max(fraction, 0), 1)))
      const total = PHASES.reduce((sum, name) => sum + SHARES[name] * (done.get(name) ?? 0), 0)
      shown = Math.max(shown, Math.min(total, 0.999))
      onProgress?.({ phase, fraction: shown })
    },
    finish: () => onProgress?.({ phase: 'mux', fraction: 1 })
  }
}
