import { describe, expect, it } from 'vitest'
import { abandon, currentStep, edit, EMPTY_HISTORY, redo, undo } from './history'

interface Counter {
  count: number
  names: string[]
}
const start: Counter = { count: 0, names: [] }
const add = (draft: Counter): void => void (draft.count += 1)

describe('history', () => {
  it('goes back and forth through the very same documents’ content', () => {
    const first = edit(start, EMPTY_HISTORY, add, { label: 'Add' })
    const second = edit(first.document, first.history, (draft) => void draft.names.push('x'), { label: 'Name' })
    const back = undo(second.document, second.history)!
    expect(back).toMatchObject({ label: 'Name', document: first.document })
    expect(undo(back.document, back.history)!.document).toEqual(start)
    expect(redo(back.document, back.history)!.document).toEqual(second.document)
  })

  it('makes one step of one gesture', () => {
    let state = { document: start, history: EMPTY_HISTORY }
    for (let i = 0; i < 5; i += 1) state = edit(state.document, state.history, add, { label: 'Drag', gesture: 'g1' })
    state = edit(state.document, state.history, add, { label: 'Drag', gesture: 'g2' })
    const once = undo(state.document, state.history)!
    expect(once.document.count).toBe(5)
    expect(undo(once.document, once.history)!.document).toEqual(start)
  })

  it('keeps of a gesture only where it led, and nothing of one that was given up', () => {
    let state = edit(start, EMPTY_HISTORY, add, { label: 'Before' })
    const { past } = state.history
    for (let i = 0; i < 100; i += 1) state = edit(state.document, state.history, add, { label: 'Drag', gesture: 'g' })
    expect(state.history.past.at(-1)?.patches).toHaveLength(1)
    expect(redo(start, { ...EMPTY_HISTORY, future: [state.history.past[1]!] })!.document.count).toBe(101)
    const back = (draft: Counter): void => void (draft.count = 1)
    state = edit(state.document, state.history, back, { label: 'Drag', gesture: 'g' })
    expect(state.document.count).toBe(1)
    expect(state.history.past).toEqual(past)
  })

  it('leaves no step for an edit that changes nothing, and forgets the future after a new one', () => {
    const first = edit(start, EMPTY_HISTORY, add, { label: 'Add' })
    expect(edit(first.document, first.history, () => 'result', { label: 'Nothing' })).toEqual({
      ...first,
      result: 'result'
    })
    const back = undo(first.document, first.history)!
    const other = edit(back.document, back.history, add, { label: 'Other' })
    expect(redo(other.document, other.history)).toBeNull()
    expect(undo(start, EMPTY_HISTORY)).toBeNull()
  })

  it('tells documents apart by the step that led there, also beyond what can be undone', () => {
    let state = { document: start, history: EMPTY_HISTORY }
    for (let i = 0; i < 501; i += 1) state = edit(state.document, state.history, add, { label: 'Add' })
    for (let back = undo(state.document, state.history); back; back = undo(state.document, state.history)) state = back
    expect(state.document.count).toBe(1)
    expect(currentStep(EMPTY_HISTORY)).toBeNull()
    expect(currentStep(state.history)).not.toBeNull()
    const lowest = currentStep(state.history)
    state = redo(state.document, state.history)!
    expect(currentStep(state.history)).not.toBe(lowest)
    state = undo(state.document, state.history)!
    expect(currentStep(state.history)).toBe(lowest)
  })

  it('gives up a gesture, and no other step', () => {
    const first = edit(start, EMPTY_HISTORY, add, { label: 'Before' })
    // A new array with the same content is a change for immer.
    const touch = (draft: Counter): void => void (draft.names = [...draft.names])
    const dragged = edit(first.document, first.history, touch, { label: 'Drag', gesture: 'g' })
    expect(dragged.history.past).toHaveLength(2)
    const back = abandon(dragged.document, dragged.history, 'g')
    expect(back).toEqual({ document: first.document, history: first.history })
    expect(abandon(back.document, back.history, 'g')).toEqual(back)
  })

  it('a gesture that comes to nothing takes nothing from redo', () => {
    const first = edit(start, EMPTY_HISTORY, add, { label: 'Add' })
    const undone = undo(first.document, first.history)!
    const drag = { label: 'Drag', gesture: 'g' }
    const moved = edit(undone.document, undone.history, add, drag)
    expect(redo(moved.document, moved.history)).toBeNull()
    const given = abandon(moved.document, moved.history, 'g')
    expect(redo(given.document, given.history)!.document).toEqual(first.document)
    const returned = edit(moved.document, moved.history, (draft) => void (draft.count -= 1), drag)
    expect(redo(returned.document, returned.history)!.document).toEqual(first.document)
  })
})
