/** Which rows of a list are selected, and which one has the focus. Indexes count from 0. */
export interface Selection {
  readonly active: number;
  /** Where a range begins that Shift extends. */
  readonly anchor: number;
  readonly selected: ReadonlySet<number>;
}

export type SelectionAction =
  /** To a row, which alone is then focused; `extend` selects from the anchor to it. */
  | { readonly kind: 'move'; readonly to: number; readonly extend: boolean }
  /** The focus came to a row by other means than the list's own keys: a click, a screen reader. */
  | { readonly kind: 'focus'; readonly at: number }
  /** A click: plain, with Ctrl, or with Shift. */
  | { readonly kind: 'toggle'; readonly at: number }
  /** These rows, in order, went before the one at `before`; the selection goes with them. */
  | { readonly kind: 'moved'; readonly rows: readonly number[]; readonly before: number }
  | { readonly kind: 'all'; readonly count: number }
  | { readonly kind: 'none' };

export const NO_SELECTION: Selection = { active: 0, anchor: 0, selected: new Set() };

function range(from: number, to: number): ReadonlySet<number> {
  const [first, last] = from < to ? [from, to] : [to, from];
  return new Set(Array.from({ length: last - first + 1 }, (_, step) => first + step));
}

export function selectionReducer(state: Selection, action: SelectionAction): Selection {
  switch (action.kind) {
    case 'move':
      return action.extend
        ? { active: action.to, anchor: state.anchor, selected: range(state.anchor, action.to) }
        : { active: action.to, anchor: action.to, selected: state.selected };
    case 'focus':
      return state.active === action.at ? state : { ...state, active: action.at };
    case 'toggle': {
      const selected = new Set(state.selected);
      if (!selected.delete(action.at)) selected.add(action.at);
      return { active: action.at, anchor: action.at, selected };
    }
    case 'moved': {
      const first = action.before - action.rows.filter((row) => row < action.before).length;
      const active = first + Math.max(0, action.rows.indexOf(state.active));
      return {
        active,
        anchor: active,
        selected:
          action.rows.length > 1 || state.selected.size > 0
            ? range(first, first + action.rows.length - 1)
            : state.selected,
      };
    }
    case 'all':
      return { ...state, selected: range(0, Math.max(0, action.count - 1)) };
    case 'none':
      return { ...state, selected: new Set() };
  }
}

/** Before which row a block of rows goes by a step up or down. */
export function stepTarget(rows: readonly number[], step: -1 | 1): number {
  return step === -1 ? Math.min(...rows) - 1 : Math.max(...rows) + 2;
}

/** The row that has the focus now, or one of whose controls has it. */
export function focusedRow(event: { readonly target: EventTarget }): number | null {
  const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[role="row"]') : null;
  return row?.dataset.index === undefined ? null : Number(row.dataset.index);
}
