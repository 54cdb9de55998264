import { describe, expect, it } from 'vitest';

import { accentOf } from './coverColour';

const pixels = (...colours: [count: number, red: number, green: number, blue: number][]) =>
  colours.flatMap(([count, ...rgb]) => Array.from({ length: count }, () => [...rgb, 255]).flat());

describe('the accent of a cover', () => {
  it('has the hue of a plain colour', () => {
    expect(accentOf(pixels([10, 220, 40, 40]))?.hue).toBeCloseTo(26, -1);
    expect(accentOf(pixels([10, 40, 80, 220]))?.hue).toBeCloseTo(265, -1);
  });

  it('is the colour that stands out, not the mean of what is around it', () => {
    const accent = accentOf(pixels([80, 20, 20, 24], [20, 240, 160, 30]));
    expect(accent?.hue).toBeGreaterThan(55);
    expect(accent?.hue).toBeLessThan(90);
  });

  it('is nothing for greys', () => {
    expect(accentOf(pixels([50, 128, 128, 128], [50, 10, 10, 10]))).toBeNull();
    expect(accentOf([])).toBeNull();
  });
});
