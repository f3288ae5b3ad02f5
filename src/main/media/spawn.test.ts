import { getEventListeners } from 'node:events'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { readLines, runTool, startTool } from './spawn'

const shell = (script: string): [string, string[]] => ['sh', ['-c', script]]
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('runTool', () => {
  it('returns what a program printed', async () => {
    expect(await runTool(...shell('echo one; echo two; echo note >&2'))).toEqual({
      stdout: 'one\ntwo',
      lastWords: 'note'
    })
  })

  it('hands over lines as they come, and the side pipe', async () => {
    const lines: string[] = []
    const side: string[] = []
    await runTool(...shell('echo one; echo aside >&3; printf two'), {
      onLine: (line) => lines.push(line),
      readSidePipe: async (pipe) => {
        for await (const line of readLines(pipe)) side.push(line)
      }
    })
    expect([lines, side]).toEqual([['one', 'two'], ['aside']])
  })

  it('fails by status, with the last lines of stderr as detail only', async () => {
    const failing = runTool(...shell('seq 100 >&2; exit 3'))
    await expect(failing).rejects.toMatchObject({ code: 'ffmpeg.failed', message: 'sh ended with status 3.' })
    const error = (await failing.catch((reason: unknown) => reason)) as { detail: string }
    expect(error.detail.split('\n')).toEqual(Array.from({ length: 40 }, (_, i) => String(61 + i)))
  })

  it('says when a signal ended the program', async () => {
    await expect(runTool(...shell('kill -9 $$'))).rejects.toMatchObject({ message: 'sh was ended by a signal.' })
  })

  it('says when there is no such program', async () => {
    await expect(runTool('/nowhere/ffmpeg', [])).rejects.toMatchObject({ code: 'ffmpeg.missing' })
  })

  it.each([
    ['at its first word', 'echo $$; exec sleep 30'],
    ['when it does not listen', 'trap "" TERM; echo $$; while :; do sleep 0.1; done'],
    ['when nobody reads it', 'trap "" TERM; echo $$; while :; do echo more >&3; done']
  ])('ends a program within a second %s', async (_name, script) => {
    const controller = new AbortController()
    let [pid, began] = [0, 0]
    const running = runTool(...shell(script), {
      signal: controller.signal,
      onLine: (line) => {
        pid = Number(line)
        began = performance.now()
        controller.abort()
      },
      readSidePipe: () => Promise.resolve()
    })
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    expect(performance.now() - began).toBeLessThan(1000)
    expect(isAlive(pid)).toBe(false)
  })

  it('takes Ctrl-C, which reaches the program first, for an abort', async () => {
    const controller = new AbortController()
    const running = runTool(...shell('exit 255'), { signal: controller.signal })
    setTimeout(() => controller.abort(), 20)
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('does not start after an abort', async () => {
    await expect(runTool('/nowhere/ffmpeg', [], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError'
    })
  })

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const listeners = (): number => getEventListeners(signal, 'abort').length
    const running = runTool(...shell('true'), { signal })
    expect(listeners()).toBeGreaterThan(0)
    await running
    expect(listeners()).toBe(0)
  })
})

describe('startTool', () => {
  it('is paced by its reader, and can be stopped', async () => {
    const tool = startTool(...shell('i=0; while :; do i=$((i+1)); echo $i $$; done'))
    const lines = createInterface({ input: tool.stdout })[Symbol.asyncIterator]()
    const { value } = (await lines.next()) as { value: string }
    const pid = Number(value.split(' ')[1])
    await tool.stop()
    expect(isAlive(pid)).toBe(false)
    const { stdout } = await execa('ps', ['-eo', 'pid'])
    expect(stdout.split('\n').map((line) => line.trim())).not.toContain(String(pid))
  })
})
