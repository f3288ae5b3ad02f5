/** Sound on its way through, part by part: mono 48 kHz, placed in the film. */
export interface Sound {
  readonly fromSample: number
  readonly samples: Float32Array
}

/** What takes sound in order of time and gives it back, some of it later. */
export interface SoundFilter {
  push(sound: Sound): Sound
  finish(): Sound
}

/** `waiting` with the part that follows it, in samples of its own. */
export function joined(waiting: Sound, { fromSample, samples }: Sound): Sound {
  const before = waiting.samples.length
  const both = new Float32Array(before + samples.length)
  both.set(waiting.samples)
  both.set(samples, before)
  return { fromSample: fromSample - before, samples: both }
}
