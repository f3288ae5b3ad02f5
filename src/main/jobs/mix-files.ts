/** The timeline's sound as files: the bus that is muxed, stems, and what is dragged out of the window. */
import { SAMPLE_RATE } from '@shared/time'
import { WavWriter, type WavSummary } from '../media/wav'
import { FloatWavWriter } from '../media/wav-float'
import { mixBlocks, type MixRequest } from './timeline-mix'

/** 32-bit floats, which cannot clip before loudness is set. An error of the output names `target`. */
export async function writeBus(path: string, request: MixRequest, target = path): Promise<void> {
  const writer = await FloatWavWriter.create(path, { sampleRate: SAMPLE_RATE, channels: 2 }, target)
  try {
    for await (const block of mixBlocks(request)) await writer.write(block)
  } finally {
    await writer.close()
  }
}

/** What a stem that had to be held at full scale is told with. */
export const clippedWarning = (name: string, samples: number): string =>
  `The stem of ${name} is over full scale in ${samples} samples: lower its gain.`

/** A stereo Broadcast Wave of 24 bits that knows its place in the film. An error of the output names `target`. */
export async function writeStem(
  path: string,
  request: MixRequest,
  filmTimeReferenceSamples: number,
  target = path
): Promise<WavSummary> {
  const timeReferenceSamples = filmTimeReferenceSamples + (request.fromSample ?? 0)
  const writer = await WavWriter.create(path, { sampleRate: SAMPLE_RATE, channels: 2, timeReferenceSamples }, target)
  try {
    for await (const block of mixBlocks(request)) await writer.write(block)
  } finally {
    await writer.close()
  }
  return writer.close()
}
