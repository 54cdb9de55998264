import type { KeyboardEvent } from 'react';

import type { Selection, SelectionAction } from './selection';

/** How far PageUp and PageDown go, in rows. */
const PAGE = 10;

export interface ListKeys {
  readonly count: number;
  readonly selection: Selection;
  readonly dispatch: (action: SelectionAction) => void;
  /** The rows that a key is about: the selected ones, or the one with the focus. */
  readonly play: (index: number) => void;
  readonly playNext: (indexes: readonly number[]) => void;
  readonly enqueue: (indexes: readonly number[]) => void;
  readonly remove?: ((indexes: readonly number[]) => void) | undefined;
  readonly move?: ((indexes: readonly number[], step: -1 | 1) => void) | undefined;
}

/** Where a key leads from a row; null: nowhere. */
export function rowAfterKey(key: string, active: number, count: number): number | null {
  const last = count - 1;
  const to = {
    ArrowDown: active + 1,
    j: active + 1,
    ArrowUp: active - 1,
    k: active - 1,
    PageDown: active + PAGE,
    PageUp: active - PAGE,
    Home: 0,
    End: last,
  }[key];
  return to === undefined ? null : Math.min(last, Math.max(0, to));
}

/** The rows of a selection in their order; the focused one where none is selected or it is not among them. */
export function rowsConcerned({ active, selected }: Selection): readonly number[] {
  return selected.has(active) ? [...selected].sort((a, b) => a - b) : [active];
}

/** Handles a key in a list of tracks; true: it was one of the list's. */
function handle(event: KeyboardEvent, keys: ListKeys): boolean {
  const { selection, dispatch, count } = keys;
  const rows = rowsConcerned(selection);
  const isCommand = event.ctrlKey || event.metaKey;
  if (event.altKey) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key] as -1 | 1 | undefined;
    if (step) keys.move?.(rows, step);
    return step !== undefined && keys.move !== undefined;
  }
  if (event.key === 'Enter') {
    if (isCommand) keys.enqueue(rows);
    else if (event.shiftKey) keys.playNext(rows);
    else keys.play(selection.active);
    return true;
  }
  if (isCommand && event.key.toLowerCase() === 'a') dispatch({ kind: 'all', count });
  else if (event.key === ' ' && (isCommand || event.shiftKey)) dispatch({ kind: 'toggle', at: selection.active });
  else if (event.key === 'Escape' && selection.selected.size > 0) dispatch({ kind: 'none' });
  else if (event.key === 'Delete' && keys.remove) keys.remove(rows);
  else {
    const to = isCommand ? null : rowAfterKey(event.key, selection.active, count);
    if (to === null) return false;
    dispatch({ kind: 'move', to, extend: event.shiftKey });
  }
  return true;
}

/** The keys of a list: J/K and arrows, Shift to extend, Enter to play, Shift+Enter next, Ctrl+Enter to the queue, Ctrl+A, Delete, Alt+arrows. */
export function onListKey(event: KeyboardEvent, keys: ListKeys): void {
  if (keys.count === 0) return;
  // Enter and Space on a button or link inside of a row are that button's.
  const isOnControl = (event.target as HTMLElement).closest('button, a, input') !== null;
  if (isOnControl && (event.key === 'Enter' || event.key === ' ')) return;
  if (!handle(event, keys)) return;
  event.preventDefault();
  event.stopPropagation();
}
