import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { FoleyError } from '@shared/errors'
import { chooseProvider, providersOf, type RunningProvider } from './providers'

const linux = { platform: 'linux', arch: 'x64' }
const windows = { platform: 'win32', arch: 'x64' }

/** Starts only the providers named. */
const only =
  (...able: readonly RunningProvider[]) =>
  (provider: RunningProvider): Promise<string> =>
    able.includes(provider)
      ? Promise.resolve(`started ${provider}`)
      : Promise.reject(new Error(`${provider} library\nmore`))

describe('providersOf', () => {
  it('knows each platform and ends with the CPU', () => {
    expect(providersOf(windows)).toEqual(['dml', 'cpu'])
    expect(providersOf(linux)).toEqual(['cuda', 'cpu'])
    expect(providersOf({ platform: 'darwin', arch: 'arm64' })).toEqual(['coreml', 'cpu'])
    expect(providersOf({ platform: 'darwin', arch: 'x64' })).toEqual(['cpu'])
    expect(providersOf({ platform: 'plan9', arch: 'mips' })).toEqual(['cpu'])
  })

  it('is frozen', () => {
    expect(Object.isFrozen(providersOf(linux))).toBe(true)
  })
})

describe('chooseProvider', () => {
  it('auto: takes the accelerator when it starts, without a reason', async () => {
    expect(await chooseProvider('auto', linux, only('cuda', 'cpu'))).toEqual({
      provider: 'cuda',
      started: 'started cuda'
    })
  })

  it('names a command for CUDA that exists, whichever way it was asked for', async () => {
    const refused = chooseProvider('cuda', linux, only('cpu'))
    const error: unknown = await refused.catch((reason: unknown) => reason)
    const words = [
      error instanceof FoleyError ? error.action : '',
      (await chooseProvider('auto', linux, only('cpu'))).reason ?? ''
    ]
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')))
    for (const each of words) expect(Object.keys(scripts)).toContain(/"npm run (\S+)"/.exec(each)?.[1])
  })

  it('auto: falls back to the CPU and says why in plain words; the library’s own are for the log', async () => {
    const choice = await chooseProvider('auto', windows, only('cpu'))
    expect(choice.provider).toBe('cpu')
    expect(choice.reason).toBe(
      'DirectML (graphics cards) did not start, so the CPU does the work, more slowly. ' +
        'A newer driver of the graphics card may help.'
    )
    expect(choice.detail).toBe('dml: dml library\nmore')
  })

  it('a provider asked for by name is never replaced: refused with what is possible here', async () => {
    const failed = chooseProvider('cuda', linux, only('cpu'))
    await expect(failed).rejects.toMatchObject({ code: 'engine.provider', detail: 'cuda library\nmore' })
    await expect(failed).rejects.toThrow(/did not start\. .*auto, cuda, cpu/)
    await expect(failed).rejects.not.toThrow(/library/)
  })

  it('a provider of another platform is not even tried', async () => {
    const tried: string[] = []
    const start = (provider: RunningProvider): Promise<void> => Promise.resolve(void tried.push(provider))
    await expect(chooseProvider('coreml', linux, start)).rejects.toMatchObject({ code: 'engine.provider' })
    expect(tried).toEqual([])
  })

  it('a bad pack and an abort are passed on as they are', async () => {
    const bad = new FoleyError('pack.invalid', 'bad', 'get another')
    await expect(chooseProvider('auto', linux, () => Promise.reject(bad))).rejects.toBe(bad)
    const abort = new DOMException('stop', 'AbortError')
    await expect(chooseProvider('auto', linux, () => Promise.reject(abort))).rejects.toBe(abort)
    const memory = new Error('out of memory')
    await expect(chooseProvider('cpu', linux, () => Promise.reject(memory))).rejects.toBe(memory)
  })
})
