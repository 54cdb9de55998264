import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';

/** What rows that can be dragged within their list have to know. */
export interface RowDrag {
  /** Of this list alone: rows of another one cannot be dropped here. */
  readonly list: symbol;
  /** The rows that go along when this one is dragged. */
  readonly rowsAt: (index: number) => readonly number[];
  /** They were dropped before the row at `before`, or behind the last one. */
  readonly onDrop: (rows: readonly number[], before: number) => void;
}

const indexOf = (element: HTMLElement) => Number(element.dataset.index);

/** Whether the pointer is over the lower half of a row. */
function isBelow(element: HTMLElement, clientY: number): boolean {
  const { top, height } = element.getBoundingClientRect();
  return clientY > top + height / 2;
}

/** Makes a row of a list one that can be dragged, and a place where others can be dropped. Returns what takes that back. */
export function attachRow(element: HTMLElement, drag: RowDrag): () => void {
  const unmark = () => delete element.dataset.drop;
  return combine(
    draggable({
      element,
      getInitialData: () => ({ list: drag.list, rows: drag.rowsAt(indexOf(element)) }),
      onDragStart: () => {
        element.dataset.dragged = 'true';
      },
      onDrop: () => {
        delete element.dataset.dragged;
      },
    }),
    dropTargetForElements({
      element,
      canDrop: ({ source }) => source.data.list === drag.list,
      onDrag: ({ location }) => {
        element.dataset.drop = isBelow(element, location.current.input.clientY) ? 'after' : 'before';
      },
      onDragLeave: unmark,
      onDrop: ({ source, location }) => {
        unmark();
        const below = isBelow(element, location.current.input.clientY);
        drag.onDrop(source.data.rows as readonly number[], indexOf(element) + (below ? 1 : 0));
      },
    }),
  );
}
