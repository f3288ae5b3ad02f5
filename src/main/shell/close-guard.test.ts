import type { Answer, AnswerOf, OpenedProject, RequestName } from '@shared/ipc'
import { describe, expect, it } from 'vitest'
import { makeDocument } from '../../test/document'
import { CloseGuard } from './close-guard'

type Any = Answer<AnswerOf<RequestName>>

const document = makeDocument()
const opened: OpenedProject = {
  document,
  path: null,
  film: {
    ...{ media: document.media, name: 'a.mp4', url: 'media/a', warnings: [] },
    thumbnails: { base: 'thumbs/a/', count: 0, everySec: 1, width: 1, height: 1 }
  },
  dirty: false
}

function guarded() {
  const said: string[] = []
  const guard = new CloseGuard({ ask: () => said.push('ask'), close: () => said.push('close') })
  const answer = (name: RequestName, value: AnswerOf<RequestName>): Promise<Any> =>
    guard.around(name, () => Promise.resolve({ ok: true, value }))
  return { guard, said, answer }
}

describe('CloseGuard', () => {
  it('lets a window without a project go', async () => {
    const { guard, said, answer } = guarded()
    expect(guard.mayClose()).toBe(true)
    await answer('project:open', null)
    await answer('project:open', { missing: opened.document.media, projectPath: '/a.foley' })
    expect(guard.mayClose()).toBe(true)
    expect(said).toEqual([])
  })

  it('asks first when a project is open, and closes when the project is closed', async () => {
    const { guard, said, answer } = guarded()
    await answer('project:open', opened)
    expect(guard.mayClose()).toBe(false)
    await answer('project:confirm-close', 'discard')
    await answer('project:close', null)
    expect(said).toEqual(['ask', 'close'])
    expect(guard.mayClose()).toBe(true)
  })

  it('stays after work is waited for, cancel, a save dialog that was left, and a save that failed', async () => {
    const { guard, said, answer } = guarded()
    await answer('project:open', opened)
    const breaks: (() => Promise<Any>)[] = [
      () => answer('project:confirm-stop', 'wait'),
      () => answer('project:confirm-close', 'cancel'),
      () => answer('project:save', null),
      () => guard.around('project:save', () => Promise.resolve({ ok: false, error: null }))
    ]
    for (const breakOff of breaks) {
      guard.mayClose()
      await breakOff()
      // Closing the project later is not closing the window.
      await answer('project:close', null)
      await answer('project:open', opened)
    }
    expect(said).toEqual(['ask', 'ask', 'ask', 'ask'])
  })

  it('does not ask twice while the question is on the screen', async () => {
    const { guard, said, answer } = guarded()
    await answer('project:open', opened)
    guard.mayClose()
    let reply: (answer: Any) => void = () => undefined
    const question = guard.around('project:confirm-close', () => new Promise((resolve) => (reply = resolve)))
    expect(guard.mayClose()).toBe(false)
    reply({ ok: true, value: 'cancel' })
    await question
    expect(said).toEqual(['ask'])
  })

  it('lets a window go that cannot answer', async () => {
    const { guard, answer } = guarded()
    await answer('project:open', opened)
    guard.setDeaf(true)
    expect(guard.mayClose()).toBe(true)
  })
})
