import { describe, expect, it } from 'vitest'
import { COMMANDS } from '@shared/commands'
import { keyText, patternText, stepWhileHeld, takesKey, tooltip } from './keyboard'

const free = { isTyping: false, isOnControl: false, hasDialog: false }

describe('who gets a key', () => {
  it('leaves a text field its keys, but for commands that always work', () => {
    expect(takesKey(COMMANDS['play.toggle'], ' ', { ...free, isTyping: true })).toBe(false)
    expect(takesKey(COMMANDS['edit.undo'], 'z', { ...free, isTyping: true })).toBe(false)
    expect(takesKey(COMMANDS['file.save'], 's', { ...free, isTyping: true })).toBe(true)
  })

  it('does not both press a focused button and play', () => {
    expect(takesKey(COMMANDS['play.toggle'], ' ', { ...free, isOnControl: true })).toBe(false)
    expect(takesKey(COMMANDS['play.toggle'], ' ', free)).toBe(true)
    expect(takesKey(COMMANDS['play.next-frame'], 'ArrowRight', { ...free, isOnControl: true })).toBe(true)
  })

  it('leaves a dialog everything', () => {
    expect(takesKey(COMMANDS['file.save'], 's', { ...free, hasDialog: true })).toBe(false)
    expect(takesKey(COMMANDS['edit.deselect'], 'Escape', { ...free, hasDialog: true })).toBe(false)
  })
})

describe('keys in words', () => {
  it('follows the platform', () => {
    expect(keyText('file.save-as', 'linux')).toBe('Ctrl+Shift+S')
    expect(keyText('file.save-as', 'darwin')).toBe('⇧⌘S')
    expect(keyText('file.save', 'darwin')).toBe('⌘S')
    expect(keyText('file.settings', 'win32')).toBe('Ctrl+,')
    expect(keyText('play.back-five', 'linux')).toBe('Shift+←')
    expect(keyText('help.about', 'linux')).toBe('')
    expect(patternText('+', 'linux')).toBe('+')
    expect(patternText('Space', 'darwin')).toBe('Space')
  })

  it('goes into tooltips where there is a key', () => {
    expect(tooltip('edit.undo', 'linux', 'Undo Trim')).toBe('Undo Trim (Ctrl+Z)')
    expect(tooltip('help.about', 'linux')).toBe('About Foley Studio')
  })
})

it('steps frames while K is held', () => {
  expect(stepWhileHeld('l', new Set(['k', 'l']))).toBe(1)
  expect(stepWhileHeld('j', new Set(['k', 'j']))).toBe(-1)
  expect(stepWhileHeld('l', new Set(['l']))).toBe(0)
})
