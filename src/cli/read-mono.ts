/** The reader behind `evaluate` and `onsets`: any media file at the rate of its own sound, down-mixed, not resampled. */
import type { ReadMono } from '../main/analysis/sound'
import { decodeAudio, defaultAudio } from '../main/media/audio'
import { probe } from '../main/media/probe'
import { findTools, type MediaTools } from '../main/media/tools'

/** Looks for ffmpeg at the first file. Throws what `probe` and `decodeAudio` throw. */
export function mediaReader(): ReadMono {
  let tools: Promise<MediaTools> | undefined
  return async (path, signal) => {
    tools ??= findTools()
    const found = await tools
    const media = await probe(path, found, { require: 'audio', signal })
    const { sampleRate } = defaultAudio(media)
    const samples = await decodeAudio(media, { sampleRate, channels: 1 }, found, signal)
    return { samples, sampleRate, warnings: media.warnings }
  }
}
