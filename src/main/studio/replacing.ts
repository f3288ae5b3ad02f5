import { stat } from 'node:fs/promises'
import type { StudioParts } from './parts'

/** The system's dialog has asked about `confirmed` alone: what else is there is asked about once. */
export async function mayReplace(
  { ports }: StudioParts,
  paths: readonly string[],
  confirmed: string | null
): Promise<boolean> {
  const standing: string[] = []
  for (const path of paths) if (path !== confirmed && (await stat(path).catch(() => undefined))) standing.push(path)
  return standing.length === 0 || ports.dialogs.confirmReplace(standing)
}
