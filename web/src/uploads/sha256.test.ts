import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';

import { Sha256 } from './sha256';

test('hashes of every length around the blocks are those of the standard, however the bytes come', () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 128, 1000, 70_000]) {
    const bytes = new Uint8Array(randomBytes(length));
    const sum = new Sha256();
    for (let from = 0; from < length; from += 37) sum.update(bytes.subarray(from, from + 37));
    expect(sum.hex(), `${length} bytes`).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});
