/** The system's dialogs for a person at the harness: a sheet in the page, since Chromium's own chooser hides paths. */
import type { Page } from '@playwright/test'
import { resolveFilePaths } from './file-paths'
import type { DialogMethod } from './messages'
import { PATH_TOKEN } from './page-electron'

interface Sheet {
  readonly text: string
  readonly buttons: readonly string[]
  /** A field for a path, with this in it. */
  readonly path: string | null
  /** With a button that opens Chromium's chooser. */
  readonly hasChooser: boolean
  readonly pathToken: string
}

/** Resolves with what Electron's method of that name would; undefined for "cancelled". */
export async function askInPage(page: Page, method: DialogMethod, options: unknown): Promise<unknown> {
  const read = (name: string): unknown =>
    typeof options === 'object' && options ? Reflect.get(options, name) : undefined
  const readText = (name: string): string => {
    const text = read(name)
    return typeof text === 'string' ? text : ''
  }
  const common = { pathToken: PATH_TOKEN }
  if (method === 'showMessageBox') {
    const buttons: unknown = read('buttons')
    const texts = Array.isArray(buttons) ? buttons.map(String) : ['OK']
    const text = readText('message')
    const { button } = await page.evaluate(showSheet, {
      ...common,
      text,
      buttons: texts,
      path: null,
      hasChooser: false
    })
    return button < 0 ? undefined : { response: button }
  }
  const isSave = method === 'showSaveDialog'
  const isFolder = JSON.stringify(read('properties') ?? []).includes('openDirectory')
  const { button, path } = await page.evaluate(showSheet, {
    ...common,
    text: isSave ? 'Save as (path on this computer)' : `Open a ${isFolder ? 'folder' : 'file'} (path on this computer)`,
    buttons: [isSave ? 'Save' : 'Open', 'Cancel'],
    path: readText('defaultPath'),
    hasChooser: !isSave && !isFolder
  })
  const [resolved] = await resolveFilePaths(page, [path])
  if (button !== 0 || typeof resolved !== 'string' || resolved === '') return undefined
  return isSave ? { canceled: false, filePath: resolved } : { canceled: false, filePaths: [resolved] }
}

/** Runs in the page. */
function showSheet({ text, buttons, path, hasChooser, pathToken }: Sheet): Promise<{ button: number; path: string }> {
  const sheet = document.createElement('dialog')
  const add = <Name extends keyof HTMLElementTagNameMap>(
    name: Name,
    properties: object
  ): HTMLElementTagNameMap[Name] => {
    const element = Object.assign(document.createElement(name), properties)
    element.style.cssText = 'font: 14px system-ui; margin: 6px; padding: 6px; display: block'
    sheet.append(element)
    return element
  }
  add('p', { textContent: text })
  const field = path === null ? undefined : add('input', { value: path, size: 60, ariaLabel: text })
  // The page's own shortcuts do not hear what is typed here.
  sheet.addEventListener('keydown', (event) => event.stopPropagation())
  if (hasChooser && field) {
    const chooser = add('input', { type: 'file' })
    chooser.addEventListener('change', () => {
      const file = chooser.files?.[0]
      const harness: unknown = Reflect.get(window, '__harness')
      const files: unknown = typeof harness === 'object' && harness ? Reflect.get(harness, 'files') : undefined
      if (file && Array.isArray(files)) field.value = `${pathToken}${files.push(file) - 1}/${file.name}`
    })
  }
  return new Promise((resolve) => {
    const end = (button: number): void => {
      resolve({ button, path: field?.value ?? '' })
      sheet.remove()
    }
    buttons.forEach((label, index) => add('button', { textContent: label }).addEventListener('click', () => end(index)))
    sheet.addEventListener('cancel', () => end(-1))
    document.body.append(sheet)
    sheet.showModal()
  })
}
