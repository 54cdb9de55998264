import { expect, it } from 'vitest';

import { NO_SELECTION, selectionReducer, stepTarget } from '../../components/tracks/selection';
import { anchorOf } from './useQueueEdits';

const entries = ['a', 'b', 'c', 'd'].map((itemId) => ({ itemId, track: null, addedBy: null }));

it('moved entries come behind the last one before their place that stays', () => {
  expect(anchorOf(entries, [2], 1)).toBe('a');
  expect(anchorOf(entries, [0], 0)).toBeNull();
  expect(anchorOf(entries, [1, 2], 3)).toBe('a');
  expect(anchorOf(entries, [0], 4)).toBe('d');
});

it('the focus and the selection go with moved rows', () => {
  const one = selectionReducer({ ...NO_SELECTION, active: 2 }, { kind: 'moved', rows: [2], before: 1 });
  expect([one.active, one.selected.size]).toEqual([1, 0]);
  const many = selectionReducer(
    { active: 0, anchor: 0, selected: new Set([0, 1]) },
    { kind: 'moved', rows: [0, 1], before: 4 },
  );
  expect([many.active, [...many.selected]]).toEqual([2, [2, 3]]);
});

it('a step takes a block one row up or down', () => {
  expect(stepTarget([2, 3], -1)).toBe(1);
  expect(stepTarget([2, 3], 1)).toBe(5);
  expect(stepTarget([0], -1)).toBe(-1);
});
