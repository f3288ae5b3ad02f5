/** A disk that is soon full. */
import { execa } from 'execa'
import { mkdir } from 'node:fs/promises'
import type { TestContext } from 'vitest'
import { scratch } from './clips'

/**
 * Until the test is over. Only root may mount one: elsewhere the test, which says so in its name, is skipped, and
 * `output.test.ts` and `draw.test.ts` stand in for it with /dev/full.
 */
export async function smallDisk(kibibytes: number, context: TestContext): Promise<string> {
  const disk = scratch('disk')
  await mkdir(disk)
  const mounted = await execa('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', disk], { reject: false })
  context.skip(mounted.exitCode !== 0, 'only root may mount a disk; tests of /dev/full stand in')
  context.onTestFinished(async () => {
    await execa('umount', [disk])
  })
  return disk
}
