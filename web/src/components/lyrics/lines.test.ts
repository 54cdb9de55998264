import { expect, it } from 'vitest';

import { lastStarted } from './lines';

it('finds the line that sounds: the last that has begun, passing over lines without a time', () => {
  const starts = [0, 1_000, null, 3_000];
  expect(lastStarted(starts, -1)).toBe(-1);
  expect(lastStarted(starts, 999)).toBe(0);
  expect(lastStarted(starts, 2_999)).toBe(1);
  expect(lastStarted(starts, 60_000)).toBe(3);
  expect(lastStarted([], 5)).toBe(-1);
});
