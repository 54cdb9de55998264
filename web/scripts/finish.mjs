// Ends a build: what the router must know of the player goes beside its files (`csp.json`, `persisted_queries.json`, which it
// does not serve), then the files' encodings, then GraphiQL, if it is built.
import { copyFileSync, cpSync, existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { compress } from './compress.mjs';
import { styleHashes } from './styles.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const DIST = at('../dist');
const GRAPHIQL = at('../graphiql/dist');

await compress(DIST);
writeFileSync(`${DIST}/csp.json`, `${JSON.stringify({ styleHashes: styleHashes() })}\n`);
copyFileSync(at('../persisted_queries.json'), `${DIST}/persisted_queries.json`);
if (existsSync(GRAPHIQL)) cpSync(GRAPHIQL, `${DIST}/graphiql`, { recursive: true });
