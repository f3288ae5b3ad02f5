/**
 * Undo and redo as pairs of immer patches. One gesture is one step: edits that carry the same gesture id melt together.
 * Entries hold patches of the document only, which names takes by id, never their sound.
 */
import { applyPatches, enablePatches, produceWithPatches, type Patch } from 'immer'

enablePatches()

interface Entry {
  readonly label: string
  readonly gesture: string | undefined
  readonly patches: readonly Patch[]
  readonly inverse: readonly Patch[]
}

export interface History {
  readonly past: readonly Entry[]
  readonly future: readonly Entry[]
}

export const EMPTY_HISTORY: History = { past: [], future: [] }
const DEEPEST = 500

export interface Edited<Document, Result> {
  readonly document: Document
  readonly history: History
  readonly result: Result
}

export interface EditOptions {
  readonly label: string
  /** Edits in a row with the same gesture are undone together (a drag, a slider, typing in one field). */
  readonly gesture?: string
}

/** Applies `recipe`; a recipe that changes nothing leaves no step. */
export function edit<Document extends object, Result>(
  document: Document,
  history: History,
  recipe: (draft: Document) => Result,
  { label, gesture }: EditOptions
): Edited<Document, Result> {
  let result!: Result
  const [next, patches, inverse] = produceWithPatches(document, (draft: unknown) => {
    result = recipe(draft as Document)
  })
  if (patches.length === 0) return { document, history, result }
  const last = history.past.at(-1)
  if (gesture === undefined || last?.gesture !== gesture) {
    const past = [...history.past, { label, gesture, patches, inverse }].slice(-DEEPEST)
    return { document: next, history: { past, future: [] }, result }
  }
  const before = history.past.slice(0, -1)
  const melted = melt(document, last, patches)
  // A drag that came back to where it began is no step.
  const past = melted.patches.length === 0 ? before : [...before, { label, gesture, ...melted }]
  return { document: next, history: { past, future: [] }, result }
}

/** One step from before `last` to after `more`: a drag of a minute is no longer than one of a second. */
function melt(document: object, last: Entry, more: readonly Patch[]): Pick<Entry, 'patches' | 'inverse'> {
  const base = applyPatches(document, last.inverse)
  const [, patches, inverse] = produceWithPatches(base, (draft) => {
    void applyPatches(draft, [...last.patches, ...more])
  })
  return { patches, inverse }
}

export interface Stepped<Document> {
  readonly document: Document
  readonly history: History
  readonly label: string
}

export function undo<Document extends object>(document: Document, history: History): Stepped<Document> | null {
  const entry = history.past.at(-1)
  if (!entry) return null
  return {
    document: applyPatches(document, entry.inverse),
    history: { past: history.past.slice(0, -1), future: [entry, ...history.future] },
    label: entry.label
  }
}

export function redo<Document extends object>(document: Document, history: History): Stepped<Document> | null {
  const entry = history.future[0]
  if (!entry) return null
  return {
    document: applyPatches(document, entry.patches),
    history: { past: [...history.past, entry], future: history.future.slice(1) },
    label: entry.label
  }
}
