/** Keys: who gets them, and how they are written for a person. The rules are pure; `listenToKeys` is the thin edge. */
import { matchKeyBindingPress, parseKeybinding } from 'tinykeys'
import { COMMAND_IDS, COMMANDS, type Command, type CommandId } from '@shared/commands'
import type { AppInfo } from '@shared/ipc'

export type Platform = AppInfo['platform']

/** What stands between a key and its command. */
export interface KeyContext {
  /** Text can be typed where the focus is. */
  readonly isTyping: boolean
  /** A button, link or the like that was reached with the keyboard: Space and Enter press it. */
  readonly isOnControl: boolean
  /** A dialog is open; for Escape, a popover too. */
  readonly hasDialog: boolean
}

/**
 * Whether a command takes its key. Dialogs keep all keys, text fields all but those of commands that always work. Space
 * plays unless the keyboard's focus ring stands on a button: then it presses that and nothing else.
 */
export function takesKey(command: Pick<Command, 'always'>, key: string, context: KeyContext): boolean {
  if (context.hasDialog) return false
  if (context.isTyping) return command.always === true
  return !(context.isOnControl && (key === ' ' || key === 'Enter'))
}

const NAMES: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Comma: ',',
  Period: '.',
  Escape: 'Esc',
  Delete: 'Del'
}
const MAC: Readonly<Record<string, string>> = {
  $mod: '⌘',
  Shift: '⇧',
  Alt: '⌥',
  Control: '⌃',
  Delete: '⌦',
  Backspace: '⌫'
}

/** One tinykeys pattern for a person: "Ctrl+Shift+S", on macOS "⇧⌘S". */
export function patternText(pattern: string, platform: Platform): string {
  const parts = pattern.split(/\b\+/)
  const isMac = platform === 'darwin'
  const words = parts.map((part) => {
    if (isMac && MAC[part] !== undefined) return MAC[part]
    if (part === '$mod') return 'Ctrl'
    return NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part)
  })
  // Apple's order puts Command last.
  return isMac
    ? [
        ...words.filter((word) => word !== '⌘').slice(0, -1),
        ...words.filter((word) => word === '⌘'),
        words.at(-1)
      ].join('')
    : words.join('+')
}

/** The first key of a command, or an empty text. */
export function keyText(id: CommandId, platform: Platform): string {
  const [first] = COMMANDS[id].keys
  return first === undefined ? '' : patternText(first, platform)
}

/** A tooltip: "Undo (Ctrl+Z)". */
export function tooltip(id: CommandId, platform: Platform, label: string = COMMANDS[id].label): string {
  const keys = keyText(id, platform)
  return keys === '' ? label : `${label} (${keys})`
}

/** For aria-keyshortcuts. */
export const ariaKeys = (id: CommandId, platform: Platform): string =>
  COMMANDS[id].keys.map((pattern) => pattern.replace('$mod', platform === 'darwin' ? 'Meta' : 'Control')).join(' ')

/** K held with J or L steps a frame; returns the direction, or 0. */
export function stepWhileHeld(key: string, held: ReadonlySet<string>): -1 | 0 | 1 {
  if (!held.has('k')) return 0
  if (key === 'l') return 1
  return key === 'j' ? -1 : 0
}

const TEXT_INPUTS = new Set(['text', 'search', 'number', 'url', 'email', 'password', 'tel'])
const CONTROLS =
  'button, a[href], summary, [role="button"], [role="switch"], [role="radio"], [role="combobox"], [role="option"]'

/**
 * The context of a real event. [Note: who moved the focus] An editor who clicked Mute and presses Space wants to play; one
 * who came to the button with Tab wants to press it. `:focus-visible` cannot tell: it turns true with the first key. So
 * `listenToKeys` writes down on the root which of the two moved the focus last.
 */
export function contextOf(event: KeyboardEvent): KeyContext {
  const { target } = event
  const isElement = target instanceof HTMLElement
  const isTyping =
    isElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      (target instanceof HTMLInputElement && TEXT_INPUTS.has(target.type)))
  return {
    isTyping,
    isOnControl: isElement && !isFocusOfPointer() && target.matches(CONTROLS),
    hasDialog: document.querySelector('dialog[open]') !== null || (event.key === 'Escape' && isPopoverOpen())
  }
}

/** The browser closes it with Escape, unless somebody takes that key. */
const isPopoverOpen = (): boolean => document.querySelector('[popover]:popover-open') !== null

const isFocusOfPointer = (): boolean => document.documentElement.dataset['focus'] === 'pointer'

/**
 * For controls with arrow keys of their own, when they are done: who dragged a fader means the film with the next arrow.
 * Who came with Tab stays, and in a dialog there is no film.
 */
export function giveKeysBack(control: HTMLElement): void {
  if (isFocusOfPointer() && !control.closest('dialog')) control.blur()
}

const BINDINGS = COMMAND_IDS.flatMap((id) =>
  COMMANDS[id].keys.flatMap((pattern) =>
    parseKeybinding(pattern)
      .slice(0, 1)
      .map((press) => ({ id, press }))
  )
)

export interface KeyHandlers {
  readonly commands: Readonly<Record<CommandId, () => void>>
  readonly stepFrames: (frames: number) => void
}

/** Runs commands by their keys. Whoever handles a key first says so with `preventDefault`. Returns what stops it. */
export function listenToKeys(target: Window, { commands, stepFrames }: KeyHandlers): () => void {
  const held = new Set<string>()
  const onDown = (event: KeyboardEvent): void => {
    held.add(event.key.toLowerCase())
    if (event.defaultPrevented || event.isComposing) return
    const found = BINDINGS.find(({ press }) => matchKeyBindingPress(event, press))
    const command: Command | undefined = found && COMMANDS[found.id]
    if (!found || !command || !takesKey(command, event.key, contextOf(event))) return
    event.preventDefault()
    const step = stepWhileHeld(event.key.toLowerCase(), held)
    if (step !== 0) stepFrames(step)
    else if (!event.repeat || command.repeats) commands[found.id]()
  }
  const onTab = (event: KeyboardEvent): void => {
    if (event.key === 'Tab') target.document.documentElement.dataset['focus'] = 'keyboard'
  }
  const onPointer = (): void => void (target.document.documentElement.dataset['focus'] = 'pointer')
  const onUp = (event: KeyboardEvent): void => void held.delete(event.key.toLowerCase())
  const onBlur = (): void => held.clear()
  target.addEventListener('keydown', onTab, true)
  target.addEventListener('pointerdown', onPointer, true)
  target.addEventListener('keydown', onDown)
  target.addEventListener('keyup', onUp)
  target.addEventListener('blur', onBlur)
  return () => {
    target.removeEventListener('keydown', onTab, true)
    target.removeEventListener('pointerdown', onPointer, true)
    target.removeEventListener('keydown', onDown)
    target.removeEventListener('keyup', onUp)
    target.removeEventListener('blur', onBlur)
  }
}
