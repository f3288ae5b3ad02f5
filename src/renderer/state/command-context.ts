/** The commands, for components (`useCommands`). */
import { getContext, setContext } from 'svelte'
import type { CommandId } from '@shared/commands'

export type RunCommands = Readonly<Record<CommandId, () => void>>

const KEY = Symbol('commands')
export const provideCommands = (commands: RunCommands): RunCommands => setContext(KEY, commands)
export const useCommands = (): RunCommands => getContext<RunCommands>(KEY)
