/** How far a film's picture is beside its sound, with what the editor is told: sound follows when it is drawn anew. */
import { offsetFromSound } from '@shared/sound-offset'
import { secondsToSamples } from '@shared/time'
import { setPictureOffset, suggestedAsSeen } from '../edits/sync-marks'
import type { Notices } from './notices.svelte'
import type { ProjectState } from './project.svelte'

/** `regenerate` draws again what is heard; null where Generate would draw something else. */
export function changePictureOffset(
  project: ProjectState,
  notices: Notices,
  samples: number,
  regenerate: (() => void) | null
): void {
  const { step } = project
  const before = project.document.syncMarks.length
  project.edit((draft) => setPictureOffset(draft, samples), { label: 'Change picture offset' })
  if (project.step === step) return
  const gone = before - project.document.syncMarks.length
  if (gone > 0) {
    const message = gone === 1 ? 'One suggested point left the film.' : `${gone} suggested points left the film.`
    notices.add({ tone: 'info', message, action: 'Undo brings them back; R suggests again.' })
  }
  if (project.document.tracks.every(({ regions }) => regions.length === 0)) return
  notices.add({
    tone: 'info',
    message: 'The suggested points have moved; sound follows where it is drawn again.',
    ...(regenerate ? { button: { label: 'Regenerate', run: regenerate } } : {})
  })
}

/** Takes the offset from the film's own sound, where hits that are seen are heard too; otherwise says why not. */
export function matchOwnSound(
  project: ProjectState,
  notices: Notices,
  attacksSec: readonly number[],
  regenerate: (() => void) | null
): void {
  const offsetSec = offsetFromSound(suggestedAsSeen(project.document), attacksSec)
  if (offsetSec === null) {
    notices.add({
      tone: 'info',
      message: 'The film’s own sound does not tell how far it is from the picture.',
      action: 'It needs hits that are heard and suggested as sync points. Type the offset, or leave it.'
    })
    return
  }
  const samples = secondsToSamples(offsetSec)
  if (samples === project.document.pictureOffsetSamples) {
    notices.add({ tone: 'info', message: 'The picture offset is already what the film’s own sound tells.' })
    return
  }
  changePictureOffset(project, notices, samples, regenerate)
}
