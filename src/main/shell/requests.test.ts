import { FoleyError } from '@shared/errors'
import type { RequestName } from '@shared/ipc'
import { REQUEST_SCHEMAS } from '@shared/ipc-schemas'
import { describe, expect, it } from 'vitest'
import type { Handlers } from '../studio/ports'
import { dispatch, type DispatchOptions } from './requests'

const unexpected = (): Promise<never> => Promise.reject(new Error('not expected here'))
const none = Object.fromEntries(Object.keys(REQUEST_SCHEMAS).map((name) => [name, unexpected])) as Record<
  RequestName,
  typeof unexpected
>

function studio(handlers: Partial<Handlers>): DispatchOptions & { readonly logged: string[] } {
  const logged: string[] = []
  return {
    handlers: { ...none, ...handlers },
    log: (level, message) => void logged.push(`${level} ${message}`),
    logged
  }
}

describe('dispatch', () => {
  it('hands the parsed payload to its handler and the answer back', async () => {
    const options = studio({ 'project:confirm-close': ({ name }) => Promise.resolve(name === 'a' ? 'save' : 'cancel') })
    expect(await dispatch(options, 'project:confirm-close', { name: 'a' })).toEqual({ ok: true, value: 'save' })
    expect(options.logged).toEqual([])
  })

  it('refuses an unknown name, one that every object has, and what is no name', async () => {
    for (const name of ['project:destroy', 'constructor', '__proto__', 7, undefined]) {
      const options = studio({})
      expect(await dispatch(options, name, undefined)).toMatchObject({ ok: false, error: { code: 'request.invalid' } })
      expect(options.logged).toHaveLength(1)
    }
  })

  it('refuses a payload that its schema does not know, before the handler sees it', async () => {
    for (const payload of [undefined, {}, { jobId: '../..' }, { jobId: 'a', more: 1 }]) {
      const answer = await dispatch(studio({}), 'job:cancel', payload)
      expect(answer).toMatchObject({ ok: false, error: { code: 'request.invalid' } })
    }
  })

  it('answers errors as data: ours with their code, others as internal', async () => {
    const ours = new FoleyError('output.disk-full', 'full', 'Make room.')
    const failing = (error: Error) => studio({ 'cache:info': () => Promise.reject(error) })
    expect(await dispatch(failing(ours), 'cache:info', undefined)).toEqual({ ok: false, error: ours.toReport() })
    const broken = failing(new TypeError('x is not a function'))
    expect(await dispatch(broken, 'cache:info', undefined)).toMatchObject({ ok: false, error: { code: 'internal' } })
    expect(broken.logged[0]).toMatch(/^error cache:info: internal/)
  })

  it('answers an abort with no error, and does not log it', async () => {
    const options = studio({ 'cache:info': () => Promise.reject(new DOMException('cancelled', 'AbortError')) })
    expect(await dispatch(options, 'cache:info', undefined)).toEqual({ ok: false, error: null })
    expect(options.logged).toEqual([])
  })
})
