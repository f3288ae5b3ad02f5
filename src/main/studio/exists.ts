/** Whether a path leads to something that we may look at. */
import { access } from 'node:fs/promises'

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false
  )
