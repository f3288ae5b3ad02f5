/** What is asked before the open project is left: about work that would be stopped, then about what is unsaved. */
import type { Studio } from './studio.svelte'

/** What somebody waits for; what is most dear first. */
const WORTH_ASKING = ['export', 'generate'] as const

export async function mayLeave(studio: Studio): Promise<boolean> {
  const { session } = studio
  if (!session) return true
  const work = WORTH_ASKING.find((kind) => studio.jobs.list.some((job) => job.kind === kind))
  if (work && (await studio.attempt(() => studio.ask('project:confirm-stop', { work }))) !== 'stop') return false
  if (!session.project.isDirty) return true
  const { name } = session.project.film
  const answer = await studio.attempt(() => studio.ask('project:confirm-close', { name }))
  if (answer === 'discard') return true
  // While a long project was saved, more may have been done to it: that is asked about too.
  return answer === 'save' && (await studio.save()) && mayLeave(studio)
}
