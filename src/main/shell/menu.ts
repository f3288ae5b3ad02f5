/** The menu bar, from the one list of commands. */
import { COMMAND_IDS, COMMANDS, type Command, type CommandGroup, type CommandId } from '@shared/commands'
import type { KeyboardEvent, MenuItemConstructorOptions } from 'electron'
import { acceleratorOf } from './accelerator'

export interface MenuOptions {
  readonly platform: NodeJS.Platform
  /** Adds what only helps whoever works on the application. */
  readonly isDevelopment: boolean
  readonly choose: (command: CommandId) => void
  /** Undo and redo of a text field: see [Note: who hears a key]. */
  readonly editText: (verb: 'undo' | 'redo') => void
}

type Item = MenuItemConstructorOptions
const SEPARATOR: Item = { type: 'separator' }
const IN_APPLICATION_MENU: readonly CommandId[] = ['help.about', 'file.settings']

/**
 * [Note: who hears a key] The page hears every key (tinykeys) and the menu only shows it: on Windows and Linux an
 * accelerator can be left unregistered, on macOS a key that the page did not take reaches the menu, which then ignores
 * it. What the page leaves alone there is undo in a text field, which macOS does through the menu only.
 */
export function menuTemplate(options: MenuOptions): Item[] {
  const isMac = options.platform === 'darwin'
  const item = (id: CommandId): Item => commandItem(id, options)
  const group = (name: CommandGroup): Item[] =>
    COMMAND_IDS.filter((id) => isInMenu(id) && COMMANDS[id].group === name)
      .filter((id) => !isMac || !IN_APPLICATION_MENU.includes(id))
      .map(item)
  const quit: Item[] = isMac ? [] : [SEPARATOR, { role: 'quit' }]
  const development: Item[] = options.isDevelopment ? [SEPARATOR, { role: 'toggleDevTools' }] : []
  return [
    ...(isMac ? [applicationMenu(item)] : []),
    { label: 'File', submenu: [...group('File'), ...quit] },
    { label: 'Edit', submenu: [...group('Edit'), SEPARATOR, ...textRoles] },
    { label: 'Marks', submenu: [...group('Playback'), ...group('Marks')] },
    { label: 'Region', submenu: group('Region') },
    { label: 'Sync Points', submenu: group('Sync points') },
    { label: 'Generate', submenu: group('Generate') },
    { label: 'View', submenu: [...group('View'), SEPARATOR, { role: 'togglefullscreen' }, ...development] },
    ...(isMac ? [{ role: 'windowMenu' } satisfies Item] : []),
    { role: 'help', submenu: group('Help') }
  ]
}

const textRoles: readonly Item[] = [{ role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }]

function applicationMenu(item: (id: CommandId) => Item): Item {
  const system: Item[] = [{ role: 'services' }, SEPARATOR, { role: 'hide' }, { role: 'hideOthers' }, { role: 'unhide' }]
  return {
    role: 'appMenu',
    submenu: [
      ...IN_APPLICATION_MENU.flatMap((id) => [item(id), SEPARATOR]),
      ...[...system, SEPARATOR, { role: 'quit' } satisfies Item]
    ]
  }
}

function isInMenu(id: CommandId): boolean {
  const command: Command = COMMANDS[id]
  return command.menu === true
}

function commandItem(id: CommandId, { platform, choose, editText }: MenuOptions): Item {
  const { label, keys }: Command = COMMANDS[id]
  const accelerator = acceleratorOf(keys[0])
  return {
    id,
    label,
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
    click: (_item, _window, { triggeredByAccelerator }: KeyboardEvent) => {
      // Elsewhere an item that was reached with the arrows and Enter also says that it was triggered by its accelerator.
      if (platform !== 'darwin' || triggeredByAccelerator !== true) choose(id)
      else if (id === 'edit.undo') editText('undo')
      else if (id === 'edit.redo') editText('redo')
    }
  }
}
