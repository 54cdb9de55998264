// Compiles the GraphQL of src/ against schema/api.graphql: types beside the components, and all documents by their SHA-256
// in persisted_queries.json, which a router takes as PERSISTED_DOCUMENTS.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = `${ROOT}persisted_queries.json`;
const isWatching = process.argv.includes('--watch');

const readDocuments = () => JSON.parse(readFileSync(DOCUMENTS, 'utf8'));

/** The compiled operations: the path of each by the id of its document. */
function operations() {
  const paths = new Map();
  for (const path of readdirSync(`${ROOT}src`, { recursive: true })) {
    if (!/__generated__.*\.graphql\.ts$/.test(path)) continue;
    const id = readFileSync(`${ROOT}src/${path}`, 'utf8').match(/"id": "([0-9a-f]{64})"/)?.[1];
    if (id) paths.set(id, `${ROOT}src/${path}`);
  }
  return paths;
}

/** The compiler writes no document of an operation that it has compiled before; those whose document is lost are compiled anew. */
function forgetWithoutDocument() {
  const documents = readDocuments();
  for (const [id, path] of operations()) {
    if (!(id in documents)) rmSync(path);
  }
}

/** The compiler only adds. Documents that no operation has any more must not be answered by a router. */
function prune() {
  const documents = readDocuments();
  const used = operations();
  const kept = Object.fromEntries(Object.entries(documents).filter(([id]) => used.has(id)));
  const lost = [...used.keys()].filter((id) => !(id in kept));
  if (lost.length > 0) throw new Error(`documents are missing: ${lost.map((id) => used.get(id)).join(', ')}`);
  if (Object.keys(kept).length === Object.keys(documents).length) return;
  // In one step: a development server may be reading.
  writeFileSync(`${DOCUMENTS}.new`, `${JSON.stringify(kept, null, 2)}\n`);
  renameSync(`${DOCUMENTS}.new`, DOCUMENTS);
}

// The compiler wants a file to exist.
if (!existsSync(DOCUMENTS)) writeFileSync(DOCUMENTS, '{}\n');
forgetWithoutDocument();
const binary = createRequire(import.meta.url).resolve('relay-compiler/cli.js');
const { status } = spawnSync(process.execPath, [binary, ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' });
if (status === 0 && !isWatching) prune();
process.exit(status ?? 1);
