/** How far a film's picture is beside its sound, with what the editor is told: sound follows when it is drawn anew. */
import { setPictureOffset } from '../edits/sync-marks'
import type { Notices } from './notices.svelte'
import type { ProjectState } from './project.svelte'

export function changePictureOffset(
  project: ProjectState,
  notices: Notices,
  samples: number,
  regenerate: () => void
): void {
  const { step } = project
  project.edit((draft) => setPictureOffset(draft, samples), { label: 'Change picture offset' })
  if (project.step === step || project.document.tracks.every(({ regions }) => regions.length === 0)) return
  notices.add({
    tone: 'info',
    message: 'The suggested points have moved; sound follows when it is drawn again.',
    button: { label: 'Regenerate', run: regenerate }
  })
}
