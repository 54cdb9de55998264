// Composes the subgraphs given as JSON on stdin ([{ name, url, sdl }]) and prints { supergraph, api, errors } as JSON:
// `supergraph` is what the router reads, `api` what clients see of it, without the directives that are only for the router.
// Run by `cargo xtask schema`; the tool composes in memory and asks no service for anything.
import { readFileSync } from 'node:fs';
import { composeServices, transformSupergraphToPublicSchema } from '@theguild/federation-composition';
import { Kind, parse, print, visit } from 'graphql';

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

/** Directives that mean something to a client. Those that GraphQL itself defines need no definition. */
const CLIENT_DIRECTIVES = new Set(['deprecated', 'specifiedBy', 'oneOf']);

/** The schema that clients see: no definition or use of a directive that only routers and subgraphs understand. */
function publicSchema(supergraphSdl) {
  const document = transformSupergraphToPublicSchema(parse(supergraphSdl));
  const isInternal = (name) => name.includes('__');
  const stripped = visit(document, {
    Directive: (node) => (CLIENT_DIRECTIVES.has(node.name.value) ? undefined : null),
    DirectiveDefinition: () => null,
    ScalarTypeDefinition: (node) => (isInternal(node.name.value) ? null : undefined),
    EnumTypeDefinition: (node) => (isInternal(node.name.value) ? null : undefined),
  });
  const rank = (definition) => (definition.kind === Kind.SCHEMA_DEFINITION ? '' : definition.name?.value ?? '');
  const definitions = [...stripped.definitions].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
  return print({ ...stripped, definitions });
}

let supergraph = null;
let api = null;
if (errors.length === 0) {
  const result = composeServices(parsed);
  supergraph = result.supergraphSdl ?? null;
  for (const error of result.errors ?? []) {
    errors.push({ code: error.extensions?.code ?? null, message: error.message });
  }
  api = supergraph && publicSchema(supergraph);
}
process.stdout.write(JSON.stringify({ supergraph, api, errors }));
