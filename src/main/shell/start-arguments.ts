/** What a start of the application asks for. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'

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
  const paths = words.slice(isPackaged ? 0 : 1).map((word) => resolve(folder, word))
  return paths.find(isFile) ?? null
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
