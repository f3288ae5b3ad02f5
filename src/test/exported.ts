/** A film exported with a sound whose clicks can be found again. */
import type { ExportRequest } from '../main/media/export'
import { exportFilm, planExport } from '../main/media/export'
import type { MediaInfo } from '../main/media/media-info'
import { probe } from '../main/media/probe'
import type { MediaTools } from '../main/media/tools'
import { WavWriter } from '../main/media/wav'
import { scratch } from './clips'

/** A mono sound of the film's exact length with clicks at 0.25 s and at its second to last sample but 2,000. */
export async function foleyFor(
  film: MediaInfo,
  level = 0.8
): Promise<{ path: string; clicks: number[]; frames: number }> {
  const frames = Math.round(film.durationSec * 48_000)
  const samples = new Float32Array(frames)
  const positions = [12_000, frames - 2002]
  for (const position of positions) samples[position] = level
  const path = scratch('foley.wav')
  const writer = await WavWriter.create(path, { sampleRate: 48_000, channels: 1 })
  await writer.write(samples)
  await writer.close()
  return { path, clicks: positions, frames }
}

export interface Exported {
  readonly film: MediaInfo
  readonly out: MediaInfo
  readonly warnings: readonly string[]
  readonly clicks: readonly number[]
  readonly frames: number
}

export async function exported(
  tools: MediaTools,
  source: string,
  name = 'out.mp4',
  options: Partial<ExportRequest> = {}
): Promise<Exported> {
  const film = await probe(source, tools)
  const foley = await foleyFor(film)
  const plan = planExport(film, scratch(name))
  const request = { film, plan, foleyPath: foley.path, original: 'replace', gainDb: 0, ...options } as const
  const warnings = await exportFilm(request, tools)
  return { film, out: await probe(plan.path, tools), warnings, clicks: foley.clicks, frames: foley.frames }
}
