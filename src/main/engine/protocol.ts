/**
 * What the application and the engine's process say to each other. Plain data and typed arrays only: ArrayBuffer, Buffer,
 * Map and Set do not survive every transport. Each typed array owns its whole buffer, since Electron's structured clone
 * copies the buffer behind a view.
 */
import type { ErrorReport } from '@shared/errors'
import type { Progress } from '@shared/progress'
import type { EncodedFilm, EngineInfo, GeneratedPart, GenerationRequest, LoadRequest } from './types'

/** To the process. `job` is a number that the sender makes up; everything about that job carries it. */
export type EngineCommand =
  | { readonly type: 'load'; readonly job: number; readonly request: LoadRequest }
  | { readonly type: 'encode'; readonly job: number; readonly expectedFrames?: number }
  /** `rgb` holds `count` frames one behind the other. Answered by `frames-taken` when they were consumed. */
  | { readonly type: 'frames'; readonly job: number; readonly rgb: Uint8Array; readonly count: number }
  | { readonly type: 'frames-end'; readonly job: number }
  | { readonly type: 'generate'; readonly job: number; readonly request: GenerationRequest }
  /** One `part` was consumed; the process may send another. */
  | { readonly type: 'part-taken'; readonly job: number }
  | { readonly type: 'cancel'; readonly job: number }

/** From the process. `loaded`, `encoded`, `done`, `failed` and `aborted` end their job. */
export type EngineEvent =
  | { readonly type: 'progress'; readonly job: number; readonly progress: Progress }
  | { readonly type: 'loaded'; readonly job: number; readonly info: EngineInfo }
  | { readonly type: 'frames-taken'; readonly job: number }
  | { readonly type: 'encoded'; readonly job: number; readonly film: EncodedFilm }
  | { readonly type: 'part'; readonly job: number; readonly part: GeneratedPart }
  | { readonly type: 'done'; readonly job: number }
  | { readonly type: 'failed'; readonly job: number; readonly error: ErrorReport }
  | { readonly type: 'aborted'; readonly job: number }

/** Messages of frames that may be on their way, and parts that may wait for the consumer: memory stays flat. */
export const FRAME_MESSAGES_IN_FLIGHT = 4
export const PARTS_IN_FLIGHT = 2

const COMMANDS: ReadonlySet<string> = new Set<EngineCommand['type']>([
  'load',
  'encode',
  'frames',
  'frames-end',
  'generate',
  'part-taken',
  'cancel'
])
const EVENTS: ReadonlySet<string> = new Set<EngineEvent['type']>([
  'progress',
  'loaded',
  'frames-taken',
  'encoded',
  'part',
  'done',
  'failed',
  'aborted'
])

function isMessage(value: unknown, types: ReadonlySet<string>): boolean {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('job' in value)) return false
  return typeof value.type === 'string' && types.has(value.type) && typeof value.job === 'number'
}

/** Both ends are ours: this tells our messages from a transport's own, it does not distrust them. */
export function isEngineCommand(value: unknown): value is EngineCommand {
  return isMessage(value, COMMANDS)
}

export function isEngineEvent(value: unknown): value is EngineEvent {
  return isMessage(value, EVENTS)
}

export function endsJob(event: EngineEvent): boolean {
  return event.type !== 'progress' && event.type !== 'frames-taken' && event.type !== 'part'
}

/** The same values in a buffer of their own. */
export function owned<T extends Float32Array | Float64Array>(view: T): T
export function owned(view: Float32Array | Float64Array): Float32Array | Float64Array {
  return view.byteLength === view.buffer.byteLength ? view : view.slice()
}
