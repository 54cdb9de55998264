import { type RefCallback, useMemo, useRef } from 'react';

import type { RowDrag } from './rowDrag';

/**
 * A `ref` for the rows of a list that are put into another order by dragging; undefined where `onDrop` is. What does the
 * dragging is loaded with the first such row. The keyboard's way is the row's menu, and Alt with arrows.
 */
export function useRowDrag(
  rowsAt: RowDrag['rowsAt'],
  onDrop: RowDrag['onDrop'] | undefined,
): RefCallback<HTMLElement> | undefined {
  const latest = useRef({ rowsAt, onDrop });
  latest.current = { rowsAt, onDrop };
  const isEnabled = onDrop !== undefined;
  return useMemo(() => {
    if (!isEnabled) return undefined;
    const drag: RowDrag = {
      list: Symbol('list'),
      rowsAt: (index) => latest.current.rowsAt(index),
      onDrop: (rows, before) => latest.current.onDrop?.(rows, before),
    };
    return (element: HTMLElement | null) => {
      if (!element) return;
      let detach: (() => void) | undefined;
      let isGone = false;
      void import('./rowDrag').then(({ attachRow }) => {
        if (!isGone) detach = attachRow(element, drag);
      });
      return () => {
        isGone = true;
        detach?.();
      };
    };
  }, [isEnabled]);
}
