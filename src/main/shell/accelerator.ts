/** tinykeys patterns (src/shared/commands.ts) in Electron's notation, to be shown in the menu bar. */

const MODIFIERS: Readonly<Record<string, string>> = {
  $mod: 'CommandOrControl',
  Shift: 'Shift',
  Alt: 'Alt',
  Control: 'Control',
  Meta: 'Meta'
}
const KEYS: Readonly<Record<string, string>> = {
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  ArrowUp: 'Up',
  Comma: ',',
  Period: '.',
  '+': 'Plus'
}
const NAMED = new Set(['Space', 'Delete', 'Backspace', 'Escape', 'Home', 'End', 'Enter', 'Tab', 'PageUp', 'PageDown'])

/** Undefined for what a menu cannot show: no key at all, or a sequence of presses. */
export function acceleratorOf(pattern: string | undefined): string | undefined {
  if (pattern === undefined || pattern === '' || pattern.includes(' ')) return undefined
  const words = pattern.split('+')
  // "+" itself is a key.
  const key = pattern.endsWith('+') ? '+' : words.at(-1)!
  const modifiers = (pattern.endsWith('+') ? words.slice(0, -2) : words.slice(0, -1)).map((word) => MODIFIERS[word])
  const name = KEYS[key] ?? (NAMED.has(key) ? key : key.length === 1 ? key.toUpperCase() : undefined)
  if (name === undefined || modifiers.includes(undefined)) return undefined
  return [...modifiers, name].join('+')
}
