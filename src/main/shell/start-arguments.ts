/** What a start of the application asks for. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Start {
  /** As the operating system gave them, the program first. */
  readonly argv: readonly string[]
  /** Where the person was: relative paths are theirs. */
  readonly folder: string
  /** Started from the sources, the second word is the application itself: `electron . clip.mp4`. */
  readonly isPackaged: boolean
}

/** The film or project to open: the first word that is neither a switch nor the program and that is a file. */
export function openPathOf({ argv, folder, isPackaged }: Start): string | null {
  const words = argv.slice(1).filter((word) => !word.startsWith('-'))
  const paths = words.slice(isPackaged ? 0 : 1).map((word) => pathOf(word, folder))
  return paths.find(isFile) ?? null
}

/** File managers of Linux give addresses (`%U` of the desktop entry). */
function pathOf(word: string, folder: string): string {
  if (!word.startsWith('file:')) return resolve(folder, word)
  try {
    return fileURLToPath(word)
  } catch {
    return word
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
