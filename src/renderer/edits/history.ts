/**
 * Undo and redo as pairs of immer patches. One gesture is one step: edits that carry the same gesture id melt together.
 * Entries hold patches of the document only, which names takes by id, never their sound.
 */
import { applyPatches, enablePatches, produceWithPatches, type Draft, type Patch } from 'immer'

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
  /** The last step that is too old to be undone; null: none is. */
  readonly forgotten: Entry | null
  /** What could be redone before the last step began: it can again when that gesture comes to nothing. */
  readonly futureBefore: readonly Entry[]
}

export const EMPTY_HISTORY: History = { past: [], future: [], forgotten: null, futureBefore: [] }
const DEEPEST = 500

/** The step that led here; null: none. The document is the same whenever this is the same, undone and redone or not. */
export const currentStep = ({ past, forgotten }: History): Step | null => past.at(-1) ?? forgotten
export type Step = Entry

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
  recipe: (draft: Draft<Document>) => Result,
  { label, gesture }: EditOptions
): Edited<Document, Result> {
  let result!: Result
  const [next, patches, inverse] = produceWithPatches(document, (draft: Draft<Document>) => {
    result = recipe(draft)
  })
  if (patches.length === 0) return { document, history, result }
  const last = history.past.at(-1)
  if (gesture === undefined || last?.gesture !== gesture) {
    return { document: next, history: withStep(history, { label, gesture, patches, inverse }), result }
  }
  const past = history.past.slice(0, -1)
  const melted = melt(document, last, patches)
  // A drag that came back to where it began is no step.
  if (melted.patches.length === 0) return { document: next, history: untouched(history), result }
  past.push({ label, gesture, ...melted })
  return { document: next, history: { ...history, past, future: [] }, result }
}

function withStep({ past, future, forgotten }: History, step: Entry): History {
  const longer = [...past, step]
  const excess = longer.length - DEEPEST
  const steps = { past: longer.slice(-DEEPEST), future: [], forgotten: longer[excess - 1] ?? forgotten }
  return { ...steps, futureBefore: future }
}

/** Without the last step, as it was before that began. */
const untouched = (history: History): History => ({
  ...history,
  past: history.past.slice(0, -1),
  future: history.futureBefore
})

/** As if the gesture had never begun: it leaves no step, not even one to redo. */
export function abandon<Document extends object>(
  document: Document,
  history: History,
  gesture: string
): Pick<Stepped<Document>, 'document' | 'history'> {
  const last = history.past.at(-1)
  if (last?.gesture !== gesture) return { document, history }
  return { document: applyPatches(document, last.inverse), history: untouched(history) }
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
    history: { ...history, past: history.past.slice(0, -1), future: [entry, ...history.future], futureBefore: [] },
    label: entry.label
  }
}

export function redo<Document extends object>(document: Document, history: History): Stepped<Document> | null {
  const entry = history.future[0]
  if (!entry) return null
  return {
    document: applyPatches(document, entry.patches),
    history: { ...history, past: [...history.past, entry], future: history.future.slice(1), futureBefore: [] },
    label: entry.label
  }
}
