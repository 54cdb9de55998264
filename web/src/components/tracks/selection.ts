/** Which rows of a list are selected, and which one has the focus. Indexes count from 0. */
export interface Selection {
  readonly active: number;
  /** Where a range begins that Shift extends. */
  readonly anchor: number;
  readonly selected: ReadonlySet<number>;
}

export type SelectionAction =
  /** To a row, which alone is then focused; `extend` selects from the anchor to it. */
  | { readonly kind: "move"; readonly to: number; readonly extend: boolean }
  /** A click: plain, with Ctrl, or with Shift. */
  | { readonly kind: "toggle"; readonly at: number }
  /** The selected rows, or the focused one, were moved by a step. */
  | { readonly kind: "shift"; readonly step: -1 | 1 }
  | { readonly kind: "all"; readonly count: number }
  | { readonly kind: "none" };

export const NO_SELECTION: Selection = { active: 0, anchor: 0, selected: new Set() };

function range(from: number, to: number): ReadonlySet<number> {
  const [first, last] = from < to ? [from, to] : [to, from];
  return new Set(Array.from({ length: last - first + 1 }, (_, step) => first + step));
}

export function selectionReducer(state: Selection, action: SelectionAction): Selection {
  switch (action.kind) {
    case "move":
      return action.extend
        ? { active: action.to, anchor: state.anchor, selected: range(state.anchor, action.to) }
        : { active: action.to, anchor: action.to, selected: state.selected };
    case "toggle": {
      const selected = new Set(state.selected);
      if (!selected.delete(action.at)) selected.add(action.at);
      return { active: action.at, anchor: action.at, selected };
    }
    case "shift": {
      const { step } = action;
      return { active: state.active + step, anchor: state.anchor + step, selected: new Set([...state.selected].map((index) => index + step)) };
    }
    case "all":
      return { ...state, selected: range(0, Math.max(0, action.count - 1)) };
    case "none":
      return { ...state, selected: new Set() };
  }
}
