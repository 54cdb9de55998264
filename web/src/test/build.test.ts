// @vitest-environment node
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// @ts-expect-error: a script of the build, without types.
import { compress } from '../../scripts/compress.mjs';
// @ts-expect-error: likewise.
import { styleHashes } from '../../scripts/styles.mjs';

describe('the end of a build', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'polyphony-build-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('encodes what becomes smaller, and nothing else', async () => {
    const text = 'const word = "again and again";\n'.repeat(100);
    writeFileSync(join(folder, 'app.js'), text);
    writeFileSync(join(folder, 'tiny.js'), 'x');
    writeFileSync(join(folder, 'picture.png'), text);
    await compress(folder);
    expect(readdirSync(folder).sort()).toEqual(['app.js', 'app.js.br', 'app.js.gz', 'picture.png', 'tiny.js']);
    expect(brotliDecompressSync(readFileSync(join(folder, 'app.js.br'))).toString()).toBe(text);
    expect(gunzipSync(readFileSync(join(folder, 'app.js.gz'))).toString()).toBe(text);
  });

  it("finds React Aria's styles, each with a hash of its own", () => {
    const hashes: string[] = styleHashes();
    expect(new Set(hashes).size).toBe(2);
    for (const hash of hashes) expect(hash).toMatch(/^sha256-[A-Za-z0-9+/]{43}=$/);
  });
});
