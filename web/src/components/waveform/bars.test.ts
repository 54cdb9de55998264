import { describe, expect, it } from 'vitest';

import { bars, barsPath } from './bars';

describe('the bars of a waveform', () => {
  it('shows the loudest of what each bar stands for, and the loudest of all full', () => {
    expect(bars([0.1, 0.5, 0.2, 0.25], 2)).toEqual([1, 0.5]);
    expect(bars([0.2, 0.4], 10)).toEqual([0.5, 1]);
  });

  it('misses no value', () => {
    const peak = Array.from({ length: 400 }, (_, index) => (index === 233 ? 1 : 0.1));
    for (let count = 1; count <= 400; count += 7) expect(Math.max(...bars(peak, count))).toBe(1);
  });

  it('draws nothing of nothing and silence as dots', () => {
    expect(bars([], 10)).toEqual([]);
    expect(barsPath(bars([0, 0], 2))).toBe('M0.5 49.1V50.9M1.5 49.1V50.9');
  });
});
