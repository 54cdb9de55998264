import { useEffect, useRef } from 'react';
import { tinykeys } from 'tinykeys';

import { usePreferences } from '../preferences/preferences';
import { keysOf, useBindings } from './bindings';
import { COMMAND_IDS, type CommandId, isLetterShortcut } from './commands';

/** Whether a key belongs to what has the focus: text that is typed, a slider, an open menu or dialog. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  if (
    event.defaultPrevented ||
    document.querySelector('dialog[open]') ||
    target.closest('[role="menu"], [role="listbox"]')
  ) {
    return true;
  }
  if (target.isContentEditable || target.closest('input:not([type="checkbox"], [type="range"]), textarea, select'))
    return true;
  const isArrow = event.key.startsWith('Arrow');
  if (isArrow && target.closest('input[type="range"], [role="grid"], [role="tablist"], [role="radiogroup"]'))
    return true;
  return event.key === ' ' && target.closest("button, a, input, summary, [role='row']") !== null;
}

/** Lets the keys of the player do what `handlers` say, on every screen. Used once, by the shell. */
export function useShortcuts(handlers: Partial<Record<CommandId, () => void>>): void {
  const current = useRef(handlers);
  current.current = handlers;
  const bindings = useBindings();
  const hasLetters = usePreferences((preferences) => preferences.letterShortcuts);
  useEffect(() => {
    const map: Record<string, (event: KeyboardEvent) => void> = {};
    // Sequences first: the `l` that ends `g l` is not the one that likes. Whatever comes first prevents the others.
    const length = (id: CommandId) => keysOf(id, bindings).split(' ').length;
    for (const id of COMMAND_IDS.toSorted((one, other) => length(other) - length(one))) {
      const keys = keysOf(id, bindings);
      if (keys === '' || (!hasLetters && isLetterShortcut(keys))) continue;
      const act = (event: KeyboardEvent) => {
        // Ctrl+K works from anywhere, also from a field.
        if (isTaken(event) && !keys.startsWith('$mod')) return;
        event.preventDefault();
        current.current[id]?.();
      };
      map[keys] = act;
      // Signs that some keyboards have behind Shift come with it.
      if (keys.length === 1 && !/[a-z0-9]/i.test(keys)) map[`Shift+${keys}`] = act;
    }
    return tinykeys(window, map);
  }, [bindings, hasLetters]);
}
