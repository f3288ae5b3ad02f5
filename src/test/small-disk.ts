/** A disk that is soon full. */
import { execa } from 'execa'
import { mkdir } from 'node:fs/promises'
import type { TestContext } from 'vitest'
import { scratch } from './clips'

/** Until the test is over. Only root may mount one: elsewhere the test is skipped, and `output.test.ts` and /dev/full stand in for it. */
export async function smallDisk(kibibytes: number, context: TestContext): Promise<string> {
  const disk = scratch('disk')
  await mkdir(disk)
  const mounted = await execa('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', disk], { reject: false })
  context.skip(mounted.exitCode !== 0, 'no disk may be mounted here')
  context.onTestFinished(async () => {
    await execa('umount', [disk])
  })
  return disk
}
