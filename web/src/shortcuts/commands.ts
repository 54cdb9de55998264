/** Everything that a key can do, with the keys that do it at first, in the notation of tinykeys. Texts: `common:command.<id>`. */
export const COMMANDS = {
  playPause: { group: 'playback', keys: 'Space' },
  seekBack: { group: 'playback', keys: 'ArrowLeft' },
  seekForward: { group: 'playback', keys: 'ArrowRight' },
  previousTrack: { group: 'playback', keys: 'Shift+ArrowLeft' },
  nextTrack: { group: 'playback', keys: 'Shift+ArrowRight' },
  volumeUp: { group: 'playback', keys: 'ArrowUp' },
  volumeDown: { group: 'playback', keys: 'ArrowDown' },
  mute: { group: 'playback', keys: 'm' },
  shuffle: { group: 'playback', keys: 's' },
  repeat: { group: 'playback', keys: 'r' },
  like: { group: 'playback', keys: 'l' },
  queue: { group: 'views', keys: 'q' },
  fullScreen: { group: 'views', keys: 'f' },
  lyrics: { group: 'views', keys: 'y' },
  devices: { group: 'views', keys: 'd' },
  search: { group: 'views', keys: '/' },
  palette: { group: 'views', keys: '$mod+k' },
  help: { group: 'views', keys: '?' },
  goHome: { group: 'go', keys: 'g h' },
  goLibrary: { group: 'go', keys: 'g l' },
  goSearch: { group: 'go', keys: 'g s' },
  goUploads: { group: 'go', keys: 'g u' },
  goPlaylists: { group: 'go', keys: 'g p' },
  goHistory: { group: 'go', keys: 'g y' },
  goSettings: { group: 'go', keys: 'g ,' },
} as const satisfies Record<string, { readonly group: CommandGroup; readonly keys: string }>;

export type CommandId = keyof typeof COMMANDS;
export type CommandGroup = 'playback' | 'views' | 'go';

export const COMMAND_IDS = Object.keys(COMMANDS) as readonly CommandId[];

/** Keys that lists understand themselves; shown in the help, not to be changed. */
export const LIST_KEYS = [
  { id: 'rowDown', keys: 'j' },
  { id: 'rowUp', keys: 'k' },
  { id: 'playRow', keys: 'Enter' },
  { id: 'playRowNext', keys: 'Shift+Enter' },
  { id: 'enqueueRow', keys: '$mod+Enter' },
  { id: 'selectAll', keys: '$mod+a' },
  { id: 'selectRow', keys: 'Shift+Space' },
  { id: 'clearSelection', keys: 'Escape' },
  { id: 'moveRow', keys: 'Alt+ArrowUp' },
  { id: 'removeRow', keys: 'Delete' },
] as const;

/** A shortcut that is one letter, sign or sequence of these, without Ctrl, Alt or Meta. */
export const isLetterShortcut = (keys: string) => keys.split(' ').every((step) => [...step].length === 1);
