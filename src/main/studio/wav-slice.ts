/** A take's samples by their place on the film. */
import { WavSlices } from '../media/wav-slice'

/** Of a mono WAV, `from <= n < to` counted from its first sample; zeros outside. @throws as {@link WavSlices} */
export async function readWavSlice(path: string, from: number, to: number): Promise<Float32Array<ArrayBuffer>> {
  const samples = new Float32Array(Math.max(0, to - from))
  const first = Math.max(0, from)
  if (to <= first) return samples
  const wav = await WavSlices.open(path)
  try {
    samples.set(await wav.read(first, to - first), first - from)
    return samples
  } finally {
    await wav.close()
  }
}

/** The whole of it, in chunks of a second. */
export async function* streamWav(path: string): AsyncGenerator<Float32Array> {
  const wav = await WavSlices.open(path)
  try {
    const { frames, sampleRate } = wav.info
    for (let from = 0; from < frames; from += sampleRate) yield await wav.read(from, sampleRate)
  } finally {
    await wav.close()
  }
}
