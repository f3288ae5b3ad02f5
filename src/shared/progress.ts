/** The phases of the main job, in the order in which they run. Timings carry the same names. */
export const PHASES = ['load', 'probe', 'frames', 'encode', 'sample', 'decode', 'mix', 'mux'] as const
export type Phase = (typeof PHASES)[number]

/** `fraction` is of the whole job: it never decreases and ends at exactly 1. */
export interface Progress {
  readonly phase: Phase
  readonly fraction: number
}

export type OnProgress = (progress: Progress) => void
