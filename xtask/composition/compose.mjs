// Composes the subgraphs given as JSON on stdin ([{ name, url, sdl }]) and prints { supergraph, errors } as JSON.
// Run by `cargo xtask schema`; the tool composes in memory and asks no service for anything.
import { readFileSync } from 'node:fs';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';

const services = JSON.parse(readFileSync(0, 'utf8'));
const errors = [];
const parsed = services.flatMap(({ name, url, sdl }) => {
  try {
    return [{ name, url, typeDefs: parse(sdl) }];
  } catch (error) {
    const { line, column } = error.locations?.[0] ?? {};
    errors.push({ code: 'SYNTAX', message: `[${name}] ${line}:${column} ${error.message}` });
    return [];
  }
});

let supergraph = null;
if (errors.length === 0) {
  const result = composeServices(parsed);
  supergraph = result.supergraphSdl ?? null;
  for (const error of result.errors ?? []) {
    errors.push({ code: error.extensions?.code ?? null, message: error.message });
  }
}
process.stdout.write(JSON.stringify({ supergraph, errors }));
