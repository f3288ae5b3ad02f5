/** Where the window was: kept between starts, and only believed where a screen still is. */
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const whole = z.number().int()
const windowStateSchema = z.object({
  bounds: z
    .object({ x: whole, y: whole, width: whole.min(200).max(20_000), height: whole.min(200).max(20_000) })
    .nullable(),
  isMaximized: z.boolean()
})
export type WindowState = z.infer<typeof windowStateSchema>
export type Bounds = NonNullable<WindowState['bounds']>

/** Null lets the system choose the place; the size is the window's default then. */
export const FIRST_STATE: WindowState = { bounds: null, isMaximized: false }

export function readWindowState(path: string): WindowState {
  try {
    return windowStateSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    // The first start, or a file that somebody else wrote.
    return FIRST_STATE
  }
}

export function writeWindowState(path: string, state: WindowState): void {
  try {
    writeFileSync(path, JSON.stringify(state))
  } catch {
    // A full disk must not keep the window open.
  }
}

const REACHABLE_PX = 80

/** The bounds, if enough of the title bar lies on a screen to take hold of it. */
export function reachable(bounds: Bounds | null, workAreas: readonly Bounds[]): Bounds | null {
  if (bounds === null) return null
  const isReachable = workAreas.some((area) => {
    const across = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x)
    return across >= REACHABLE_PX && bounds.y >= area.y && bounds.y <= area.y + area.height - REACHABLE_PX
  })
  return isReachable ? bounds : null
}
