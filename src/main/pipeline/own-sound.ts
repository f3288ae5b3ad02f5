/** What is heard in a film's own sound. */
import { SAMPLE_RATE } from '@shared/time'
import { AttackDetector } from '../analysis/attacks'
import { streamAudio } from '../media/audio'
import type { MediaInfo } from '../media/media-info'
import type { MediaTools } from '../media/tools'

/**
 * Its attacks in seconds from the container's start, in time order; none of a silent film.
 *
 * @throws FoleyError `ffmpeg.failed`
 */
export async function attacksOfFilm(film: MediaInfo, tools: MediaTools, signal?: AbortSignal): Promise<number[]> {
  if (film.audio.length === 0) return []
  const detector = new AttackDetector(SAMPLE_RATE)
  for await (const chunk of streamAudio(film, { sampleRate: SAMPLE_RATE, channels: 1 }, tools, signal)) {
    detector.push(chunk)
  }
  return detector.finish().map(({ timeSec }) => timeSec)
}
