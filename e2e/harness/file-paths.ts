/** Puts paths in the place of path tokens: [Note: paths of files] in page-electron.ts. */
import type { Page } from '@playwright/test'
import { PATH_TOKEN } from './page-electron'

/** Looks at the texts of the arguments and one level into them: where a path stands in a request. */
export async function resolveFilePaths(page: Page, args: readonly unknown[]): Promise<readonly unknown[]> {
  return Promise.all(
    args.map(async (arg) => {
      if (typeof arg !== 'object' || arg === null || !Object.values(arg).some(isPathToken))
        return resolveText(page, arg)
      const entries = Object.entries(arg).map(async ([key, value]) => [key, await resolveText(page, value)])
      return Object.fromEntries(await Promise.all(entries)) as unknown
    })
  )
}

const isPathToken = (value: unknown): value is string => typeof value === 'string' && value.startsWith(PATH_TOKEN)

async function resolveText(page: Page, value: unknown): Promise<unknown> {
  if (!isPathToken(value)) return value
  const index = Number.parseInt(value.slice(PATH_TOKEN.length), 10)
  const debug = await page.context().newCDPSession(page)
  try {
    const { result } = await debug.send('Runtime.evaluate', { expression: `__harness.files[${index}]` })
    if (result.objectId === undefined) return ''
    return (await debug.send('DOM.getFileInfo', { objectId: result.objectId })).path
  } finally {
    await debug.detach()
  }
}
