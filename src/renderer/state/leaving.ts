/** What is asked before the open project is left: about work that would be stopped, then about what is unsaved. */
import type { ProjectState } from './project.svelte'
import type { Studio } from './studio.svelte'

/** What somebody waits for; what is most dear first. */
const WORTH_ASKING = ['export', 'generate'] as const

export async function mayLeave(studio: Studio): Promise<boolean> {
  const { session } = studio
  if (!session) return true
  const work = WORTH_ASKING.find((kind) => studio.jobs.list.some((job) => job.kind === kind))
  if (work && (await studio.attempt(() => studio.ask('project:confirm-stop', { work }))) !== 'stop') return false
  return isSettled(studio, session.project)
}

/** Saved, or given up. While a long project was saved more may have been done to it: that is asked about too. */
async function isSettled(studio: Studio, project: ProjectState): Promise<boolean> {
  while (project.isDirty) {
    const answer = await studio.attempt(() => studio.ask('project:confirm-close', { name: project.film.name }))
    if (answer === 'discard') return true
    if (answer !== 'save' || !(await studio.save())) return false
  }
  return true
}
