import { expect, test } from 'vitest';

import { rowAfterKey, rowsConcerned } from './listKeys';
import { NO_SELECTION, selectionReducer } from './selection';

test('keys lead from row to row and stop at the ends', () => {
  expect(rowAfterKey('j', 0, 10)).toBe(1);
  expect(rowAfterKey('ArrowUp', 0, 10)).toBe(0);
  expect(rowAfterKey('PageDown', 4, 10)).toBe(9);
  expect(rowAfterKey('End', 4, 10_000)).toBe(9_999);
  expect(rowAfterKey('x', 4, 10)).toBeNull();
});

test('Shift extends from where the range began, in both directions', () => {
  let state = selectionReducer(NO_SELECTION, { kind: 'move', to: 3, extend: false });
  state = selectionReducer(state, { kind: 'move', to: 5, extend: true });
  expect([...state.selected]).toEqual([3, 4, 5]);
  state = selectionReducer(state, { kind: 'move', to: 2, extend: true });
  expect([...state.selected]).toEqual([2, 3]);
});

test('an action is about the selection when the focused row is in it, else about that row', () => {
  let state = selectionReducer(NO_SELECTION, { kind: 'toggle', at: 7 });
  state = selectionReducer(state, { kind: 'toggle', at: 2 });
  expect(rowsConcerned(state)).toEqual([2, 7]);
  expect(rowsConcerned({ ...state, active: 4 })).toEqual([4]);
});
