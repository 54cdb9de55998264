import QRCode from 'qrcode';
import { expect, it } from 'vitest';

import { draw } from './draw';

it('draws every dark module once, and nothing else', () => {
  const text = 'http://192.168.1.20:4000/join/K7P3-QX2M';
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' });
  const { size, path } = draw(text);
  const dark = new Set<string>();
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let step = 0; step < Number(width); step += 1) dark.add(`${Number(x) + step} ${y}`);
  }
  const expected = new Set<string>();
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) if (modules.get(row, column)) expected.add(`${column} ${row}`);
  expect(dark).toEqual(expected);
});
