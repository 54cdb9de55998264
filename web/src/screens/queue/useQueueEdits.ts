import type { Dispatch } from 'react';

import { type SelectionAction, stepTarget } from '../../components/tracks/selection';
import type { QueueEntry } from '../../player/types';
import { usePlayer } from '../../player/usePlayer';

/** What changes the order of the queue; rows are places among the entries that are shown. */
export interface QueueEdits {
  /** Before the row at `before`, or behind the last one. */
  readonly move: (rows: readonly number[], before: number) => void;
  readonly step: (rows: readonly number[], by: -1 | 1) => void;
  readonly remove: (rows: readonly number[]) => void;
}

/** The entry that moved rows come behind: the last one before the place that does not move itself; null: the top. */
export function anchorOf(entries: readonly QueueEntry[], rows: readonly number[], before: number): string | null {
  const going = new Set(rows);
  let at = before - 1;
  while (going.has(at)) at -= 1;
  return entries[at]?.itemId ?? null;
}

export function useQueueEdits(entries: readonly QueueEntry[], dispatch: Dispatch<SelectionAction>): QueueEdits {
  const player = usePlayer();
  const move = async (rows: readonly number[], before: number) => {
    let after = anchorOf(entries, rows, before);
    dispatch({ kind: 'moved', rows, before });
    for (const row of rows) {
      const itemId = entries[row]?.itemId;
      if (!itemId) continue;
      const done = await player?.moveItem(itemId, after);
      if (!done?.ok) return;
      after = itemId;
    }
  };
  return {
    move: (rows, before) => void move(rows, before),
    step: (rows, by) => {
      const before = stepTarget(rows, by);
      if (before >= 0 && before <= entries.length) void move(rows, before);
    },
    remove: (rows) => {
      const first = Math.min(...rows);
      void player?.removeItems(rows.flatMap((row) => entries[row]?.itemId ?? []));
      dispatch({ kind: 'none' });
      dispatch({ kind: 'move', to: Math.max(0, Math.min(first, entries.length - rows.length - 1)), extend: false });
    },
  };
}
