/** File names from what people called things. Pure. */

const LONGEST = 80

/** What no file system takes becomes "_"; never empty, never hidden. */
export function fileName(text: string): string {
  const safe = text
    .normalize('NFC')
    // eslint-disable-next-line no-control-regex -- they are what must not be in a name
    .replace(/[\\/:*?"<>|\u0000-\u001f\u007f]/g, '_')
    .slice(0, LONGEST)
    .replace(/^[.\s]+|[.\s]+$/g, '')
  return safe === '' ? 'Untitled' : safe
}

/** The same with " 2", " 3", ... where a name is taken; file systems that ignore case are thought of. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let candidate = name
    for (let number = 2; taken.has(candidate.toLowerCase()); number += 1) candidate = `${name} ${number}`
    taken.add(candidate.toLowerCase())
    return candidate
  })
}
