import { expect, test } from 'vitest';

import { ISSUE_KINDS, kindOf, placesText, slugOf } from './issueKinds';

const place = (discNumber: number, trackNumber: number) => ({ discNumber, trackNumber });

test('an address names a kind, and nothing else does', () => {
  expect(ISSUE_KINDS.map(slugOf).map(kindOf)).toEqual(ISSUE_KINDS);
  expect(slugOf('DUPLICATE_ARTISTS')).toBe('duplicate-artists');
  expect([kindOf('DUPLICATE_ARTISTS'), kindOf('')]).toEqual([null, null]);
});

test('missing numbers are written as runs, with their disc where there are several', () => {
  expect(placesText([place(1, 3), place(1, 5), place(1, 6), place(1, 7)], String)).toBe('3, 5–7');
  expect(placesText([place(1, 2), place(2, 3), place(2, 4)], String)).toBe('1/2, 2/3–4');
  expect(placesText([], String)).toBe('');
});
