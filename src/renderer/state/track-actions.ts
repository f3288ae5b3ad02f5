/** Adding and removing a track, with what the editor is told and offered. */
import { MOST_TRACKS } from '@shared/project'
import * as edits from '../edits/tracks'
import type { Notices } from './notices.svelte'
import type { ProjectState } from './project.svelte'

/** Selects it; says so where a project has as many as it may. */
export function addTrack(project: ProjectState, notices: Notices): void {
  if (project.document.tracks.length >= MOST_TRACKS) {
    notices.add({
      tone: 'warning',
      message: `A project has up to ${MOST_TRACKS} tracks.`,
      action: 'Remove one, or put the sound on another.'
    })
    return
  }
  const trackId = project.edit((draft) => edits.addTrack(draft, project.newId), { label: 'Add track' })
  project.select({ kind: 'track', trackId })
}

/** With a button that takes it back, as long as nothing followed. */
export function removeTrack(project: ProjectState, notices: Notices, trackId: string): void {
  const track = project.document.tracks.find(({ id }) => id === trackId)
  if (!track) return
  project.edit((draft) => edits.removeTrack(draft, trackId), { label: `Remove ${track.name}` })
  const { step } = project
  const takeBack = (): void => {
    if (project.step === step) project.undo()
    else notices.add({ tone: 'info', message: 'Other changes followed.', action: 'Undo goes back through them.' })
  }
  const button = { label: 'Undo', run: takeBack }
  notices.add({ tone: 'info', message: `${track.name} was removed.`, button })
}
