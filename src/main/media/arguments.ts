/** Arguments that every call of ffmpeg and ffprobe shares. */
import { resolve } from 'node:path'
import type { MediaInfo } from './media-info'

/**
 * A path as ffmpeg must be told it: with its protocol, or `a:b.mp4` would name a protocol `a` and `-x.mp4` an option.
 */
export const fileUrl = (path: string): string => `file:${resolve(path)}`

/** An input is a file: a playlist inside it must not fetch anything from a network. */
export const inputArguments = (path: string): string[] => ['-protocol_whitelist', 'file', '-i', fileUrl(path)]

/** No questions, no banner, and only what went wrong on stderr. */
export const QUIET = ['-hide_banner', '-nostdin', '-v', 'error'] as const

/**
 * [Note: the file's own clock] Timestamps stay as the file writes them (`-copyts`), and time zero is taken off where they
 * are used. `-itsoffset` would be shorter, but ffmpeg applies it to a transport stream from the first stream in use, not
 * from the container's start: mapping the picture alone would move it to where the sound began.
 */
export const onOwnClock = (path: string): string[] => ['-copyts', ...inputArguments(path)]

/** The film as an input {@link onOwnClock}; what is broken in it is stepped over. */
export function filmInput(film: MediaInfo): string[] {
  return [...repairs(film), ...onOwnClock(film.path)]
}

function repairs({ truncated, container }: MediaInfo): string[] {
  if (truncated) return ['-fflags', '+discardcorrupt']
  // AVI stores no presentation times.
  return container === 'avi' ? ['-fflags', '+genpts'] : []
}
