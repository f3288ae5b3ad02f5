import { COMMAND_IDS, COMMANDS, type Command, type CommandId } from '@shared/commands'
import type { MenuItemConstructorOptions } from 'electron'
import { describe, expect, it } from 'vitest'
import { acceleratorOf } from './accelerator'
import { menuTemplate } from './menu'

function build(platform: NodeJS.Platform) {
  const chosen: string[] = []
  const template = menuTemplate({
    ...{ platform, isDevelopment: false },
    choose: (id) => chosen.push(id),
    editText: (verb) => chosen.push(`text ${verb}`)
  })
  const items = template.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
  return { chosen, template, items }
}
const inMenu = COMMAND_IDS.filter((id) => {
  const command: Command = COMMANDS[id]
  return command.menu
})

/** The handlers look at the event only. */
function click(item: MenuItemConstructorOptions | undefined, triggeredByAccelerator: boolean): void {
  const handler: unknown = item?.click
  if (typeof handler === 'function')
    Reflect.apply(handler, undefined, [undefined, undefined, { triggeredByAccelerator }])
}

describe('menuTemplate', () => {
  it('shows every command that belongs there, once, on each platform', () => {
    for (const platform of ['linux', 'win32', 'darwin'] as const) {
      const ids = build(platform).items.flatMap(({ id }) => id ?? [])
      expect(ids.toSorted()).toEqual(inMenu.toSorted())
    }
  })

  it('shows keys and leaves them to the page', () => {
    const { items, chosen } = build('darwin')
    const item = (id: CommandId) => items.find((entry) => entry.id === id)
    expect(item('file.save')).toMatchObject({ accelerator: 'CommandOrControl+S', registerAccelerator: false })
    for (const { accelerator, registerAccelerator } of items) {
      if (accelerator !== undefined) expect(registerAccelerator).toBe(false)
    }
    click(item('file.save'), true)
    expect(chosen).toEqual([])
    click(item('file.save'), false)
    click(item('edit.undo'), true)
    expect(chosen).toEqual(['file.save', 'text undo'])
  })

  it('elsewhere no accelerator is registered, and what is chosen with the arrows and Enter is chosen', () => {
    for (const platform of ['linux', 'win32'] as const) {
      const { items, chosen } = build(platform)
      for (const id of ['file.save', 'edit.undo']) {
        click(
          items.find((entry) => entry.id === id),
          true
        )
      }
      expect(chosen).toEqual(['file.save', 'edit.undo'])
    }
  })

  it('has the roles that macOS expects', () => {
    expect(build('darwin').template[0]).toMatchObject({ role: 'appMenu' })
    expect(build('linux').template[0]).toMatchObject({ label: 'File' })
    for (const platform of ['linux', 'darwin'] as const) {
      expect(build(platform).items.map(({ role }) => role)).toEqual(expect.arrayContaining(['copy', 'paste', 'quit']))
    }
  })
})

describe('acceleratorOf', () => {
  it('speaks Electron’s notation', () => {
    const expected: [string, string][] = [
      ['$mod+Shift+s', 'CommandOrControl+Shift+S'],
      ['$mod+Comma', 'CommandOrControl+,'],
      ['Shift+ArrowLeft', 'Shift+Left'],
      ['\\', '\\'],
      ['=', '='],
      ['+', 'Plus'],
      ['$mod++', 'CommandOrControl+Plus'],
      ['Delete', 'Delete']
    ]
    for (const [pattern, accelerator] of expected) expect(acceleratorOf(pattern)).toBe(accelerator)
    for (const pattern of [undefined, '', 'g i', 'Hyper+x', 'F25x']) expect(acceleratorOf(pattern)).toBeUndefined()
  })

  it('knows every key of the menu', () => {
    for (const id of inMenu) {
      const [key] = COMMANDS[id].keys
      if (key !== undefined) expect(acceleratorOf(key), id).toBeDefined()
    }
  })
})
