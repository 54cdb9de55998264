import { expect, it } from 'vitest';

import { bands } from './spectrum';

it('puts a tone into the band where an ear has it', () => {
  const bins = new Uint8Array(1024);
  bins[Math.round(440 / (48_000 / 2 / 1024))] = 255;
  const heights = bands(bins, 48, 48_000);
  const at = Math.floor((48 * Math.log(440 / 45)) / Math.log(14_000 / 45));
  expect(heights).toHaveLength(48);
  expect(heights.indexOf(1)).toBeGreaterThanOrEqual(at - 1);
  expect(heights.indexOf(1)).toBeLessThanOrEqual(at + 1);
  expect(heights.at(-1)).toBe(0);
});
