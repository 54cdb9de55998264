import { create } from 'zustand';
import { persist } from 'zustand/middleware';

import { COMMAND_IDS, COMMANDS, type CommandId } from './commands';

interface Bindings {
  /** Those that were changed; `""`: no key at all. */
  readonly changed: Partial<Record<CommandId, string>>;
}

export const useBindings = create<Bindings>()(
  persist((): Bindings => ({ changed: {} }), { name: 'polyphony.shortcuts', version: 1 }),
);

/** The keys of a command now. */
export const keysOf = (id: CommandId, { changed }: Bindings = useBindings.getState()) =>
  changed[id] ?? COMMANDS[id].keys;

/** The command that has these keys already; null: they are free. */
export function commandWith(keys: string): CommandId | null {
  return COMMAND_IDS.find((id) => keysOf(id).toLowerCase() === keys.toLowerCase()) ?? null;
}

/** Gives keys to a command and takes them from the one that had them. */
export function bind(id: CommandId, keys: string): void {
  const other = keys === '' ? null : commandWith(keys);
  useBindings.setState(({ changed }) => ({
    changed: { ...changed, ...(other && other !== id ? { [other]: '' } : {}), [id]: keys },
  }));
}

export const resetBindings = () => useBindings.setState({ changed: {} });

const MAC = typeof navigator !== 'undefined' && /Mac|iP(hone|ad)/.test(navigator.platform);

const SIGNS: Readonly<Record<string, string>> = {
  $mod: MAC ? '⌘' : 'Ctrl',
  Shift: '⇧',
  Alt: MAC ? '⌥' : 'Alt',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Enter: '↵',
  Escape: 'Esc',
  Delete: 'Del',
};

/** Keys as people read them, one entry for each key to press: `["Ctrl", "K"]`, `["G", "H"]`. */
export function shownKeys(keys: string): readonly string[] {
  if (keys === '') return [];
  return keys
    .split(' ')
    .flatMap((step) => step.split('+').map((key) => SIGNS[key] ?? ([...key].length === 1 ? key.toUpperCase() : key)));
}
