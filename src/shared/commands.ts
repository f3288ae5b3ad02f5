/**
 * Everything that a key or a menu can do, once: the menu bar, the keyboard, the tooltips and the cheat sheet all read
 * this. Keys are tinykeys patterns; `$mod` is Command on macOS and Control elsewhere.
 */

export type CommandGroup =
  'File' | 'Edit' | 'Playback' | 'Marks' | 'Region' | 'Sync points' | 'Generate' | 'View' | 'Help'

export interface Command {
  readonly label: string
  readonly group: CommandGroup
  readonly keys: readonly string[]
  /** Shown in the menu bar too. */
  readonly menu?: true
  /** Works while a text field has the focus. */
  readonly always?: true
  /** Held down, its key does it again and again. Anything else happens once: a switch would flicker. */
  readonly repeats?: true
}

const command = (
  group: CommandGroup,
  label: string,
  keys: readonly string[],
  extra: Partial<Command> = {}
): Command => ({
  label,
  group,
  keys,
  ...extra
})
const inMenu = { menu: true } as const
const always = { menu: true, always: true } as const
const repeats = { repeats: true } as const

export const COMMANDS = {
  'file.open': command('File', 'Open…', ['$mod+o'], always),
  'file.save': command('File', 'Save', ['$mod+s'], always),
  'file.save-as': command('File', 'Save As…', ['$mod+Shift+s'], always),
  'file.export': command('File', 'Export…', ['$mod+e'], always),
  'file.save-wav': command('File', 'Save Region or Track as WAV…', ['$mod+Shift+e'], always),
  'file.close': command('File', 'Close Project', ['$mod+w'], always),
  'file.settings': command('File', 'Settings…', ['$mod+Comma'], always),

  'edit.undo': command('Edit', 'Undo', ['$mod+z'], { ...inMenu, ...repeats }),
  'edit.redo': command('Edit', 'Redo', ['$mod+Shift+z', '$mod+y'], { ...inMenu, ...repeats }),
  'edit.delete': command('Edit', 'Delete Selection', ['Delete', 'Backspace'], inMenu),
  'edit.add-track': command('Edit', 'Add Track', ['$mod+t'], inMenu),
  'edit.deselect': command('Edit', 'Deselect, or Cancel the Running Job', ['Escape']),
  'edit.mute': command('Edit', 'Mute Track', ['Shift+m']),
  'edit.solo': command('Edit', 'Solo Track', ['Shift+s']),

  'play.toggle': command('Playback', 'Play or Pause', ['Space']),
  'play.reverse': command('Playback', 'Play Backwards, Again for Faster', ['j']),
  'play.stop': command('Playback', 'Stop', ['k']),
  'play.forward': command('Playback', 'Play Forwards, Again for Faster', ['l']),
  'play.previous-frame': command('Playback', 'One Frame Back', ['ArrowLeft'], repeats),
  'play.next-frame': command('Playback', 'One Frame Forward', ['ArrowRight'], repeats),
  'play.back-five': command('Playback', 'Five Frames Back', ['Shift+ArrowLeft'], repeats),
  'play.forward-five': command('Playback', 'Five Frames Forward', ['Shift+ArrowRight'], repeats),
  'play.start': command('Playback', 'Go to the Start', ['Home']),
  'play.end': command('Playback', 'Go to the End', ['End']),
  'play.loop': command('Playback', 'Loop', ['p'], inMenu),

  'mark.in': command('Marks', 'Mark In', ['i'], inMenu),
  'mark.out': command('Marks', 'Mark Out', ['o'], inMenu),
  'mark.clear': command('Marks', 'Clear In and Out', ['$mod+Shift+x'], inMenu),
  'mark.region': command('Marks', 'Mark the Selected Region', ['x']),

  'region.previous': command('Region', 'Previous Region', ['Shift+ArrowUp'], repeats),
  'region.next': command('Region', 'Next Region', ['Shift+ArrowDown'], repeats),
  'edit.split': command('Region', 'Split at the Playhead', ['b'], inMenu),
  'region.trim-start': command('Region', 'Trim the Start to the Playhead', ['q'], inMenu),
  'region.trim-end': command('Region', 'Trim the End to the Playhead', ['w'], inMenu),
  'region.start-earlier': command('Region', 'Start One Frame Earlier', ['Shift+Comma'], repeats),
  'region.start-later': command('Region', 'Start One Frame Later', ['Shift+Period'], repeats),
  'region.end-earlier': command('Region', 'End One Frame Earlier', ['Alt+Comma'], repeats),
  'region.end-later': command('Region', 'End One Frame Later', ['Alt+Period'], repeats),
  'region.fade-in': command('Region', 'Fade In up to the Playhead', ['Shift+q'], inMenu),
  'region.fade-out': command('Region', 'Fade Out from the Playhead', ['Shift+w'], inMenu),
  'region.mute': command('Region', 'Mute the Region', ['u'], inMenu),
  'region.solo': command('Region', 'Solo the Region', ['Shift+u'], inMenu),

  'sync.add': command('Sync points', 'Add or Pin a Sync Point at the Playhead', ['m'], inMenu),
  'sync.pin-all': command('Sync points', 'Pin All Suggestions in the Marked Range', ['Shift+p'], inMenu),
  'sync.nudge-left': command('Sync points', 'Nudge One Frame Earlier', ['Comma'], repeats),
  'sync.nudge-right': command('Sync points', 'Nudge One Frame Later', ['Period'], repeats),
  'sync.previous': command('Sync points', 'Previous Sync Point', ['ArrowUp'], repeats),
  'sync.next': command('Sync points', 'Next Sync Point', ['ArrowDown'], repeats),
  'sync.suggest': command('Sync points', 'Suggest Sync Points Again', ['r'], inMenu),
  'sync.clear': command('Sync points', 'Clear Sync Points', ['Shift+Delete', 'Shift+Backspace'], inMenu),
  'sync.table': command('Sync points', 'Edit as a Table…', ['t'], inMenu),

  'generate.run': command('Generate', 'Generate or Regenerate', ['g'], inMenu),
  'generate.takes': command('Generate', 'Three Takes', ['Shift+g'], inMenu),
  'take.next': command('Generate', 'Next Take', [']'], repeats),
  'take.previous': command('Generate', 'Previous Take', ['['], repeats),
  'take.compare': command('Generate', 'Compare Two Takes, Again to Switch', ['a'], inMenu),

  'view.zoom-in': command('View', 'Zoom In', ['=', '+'], { ...inMenu, ...repeats }),
  'view.zoom-out': command('View', 'Zoom Out', ['-'], { ...inMenu, ...repeats }),
  'view.fit': command('View', 'Fit the Film', ['\\'], inMenu),
  'view.snap': command('View', 'Snapping', ['s'], inMenu),
  'view.follow': command('View', 'Follow the Playhead', ['f']),

  'help.keys': command('Help', 'Keyboard Shortcuts', ['?', 'Shift+?'], inMenu),
  'help.about': command('Help', 'About Foley Studio', [], inMenu)
} as const satisfies Record<string, Command>

export type CommandId = keyof typeof COMMANDS
export const COMMAND_IDS = Object.keys(COMMANDS) as readonly CommandId[]
export const isCommandId = (text: string): text is CommandId => text in COMMANDS
