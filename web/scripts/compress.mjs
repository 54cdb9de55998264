// Makes the encodings of built files that the router sends to clients who accept them: `x.br` and `x.gz` beside `x`.
//   node compress.mjs FOLDER [fast]
import { readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

import { filesOf } from './files.mjs';

/** What is worth it; pictures and fonts are compressed already. */
const KINDS = new Set(['.css', '.html', '.js', '.json', '.svg', '.ttf', '.wasm', '.webmanifest']);
/** Below this a header costs more than is won. */
const LEAST_BYTES = 512;

/** Compresses the files of a folder, as well as can be, or `fast`. */
export async function compress(folder, fast = false) {
  const files = filesOf(folder).filter((name) => KINDS.has(extname(name)));
  await Promise.all(
    files.map(async (name) => {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      if (bytes.length < LEAST_BYTES) return;
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: fast ? 5 : 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      };
      const encoded = [
        ['.br', await promisify(brotliCompress)(bytes, { params })],
        ['.gz', await promisify(gzip)(bytes, { level: fast ? 6 : 9 })],
      ];
      for (const [suffix, smaller] of encoded) {
        if (smaller.length < bytes.length) writeFileSync(path + suffix, smaller);
      }
    }),
  );
}

if (process.argv[1]?.endsWith('compress.mjs')) await compress(process.argv[2], process.argv[3] === 'fast');
