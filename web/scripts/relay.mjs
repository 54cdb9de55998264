// Compiles the GraphQL of src/ against schema/api.graphql: types beside the components, and all documents by their SHA-256
// in persisted_queries.json, which a router takes as PERSISTED_DOCUMENTS.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const DOCUMENTS = new URL('../persisted_queries.json', import.meta.url);
const watches = process.argv.includes('--watch');
// The compiler only adds to the file and wants one to exist. A build must not carry on with documents that are gone, but a
// development server must keep those that open pages still ask for.
if (!watches || !existsSync(DOCUMENTS)) writeFileSync(DOCUMENTS, '{}\n');

const binary = createRequire(import.meta.url).resolve('relay-compiler/cli.js');
const { status } = spawnSync(process.execPath, [binary, ...process.argv.slice(2)], {
  cwd: new URL('..', import.meta.url),
  stdio: 'inherit',
});
process.exit(status ?? 1);
