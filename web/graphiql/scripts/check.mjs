// Fails when an example does not fit the schema: the tabs of GraphiQL shall run as they are.
import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';

const schema = buildSchema(readFileSync(new URL('../../../schema/api.graphql', import.meta.url), 'utf8'));
const folder = new URL('../src/examples/', import.meta.url);
const files = readdirSync(folder).filter(name => name.endsWith('.graphql'));
const errors = files.flatMap(name =>
  validate(schema, parse(readFileSync(new URL(name, folder), 'utf8'))).map(error => `${name}: ${error.message}`),
);
for (const error of errors) console.error(error);
if (files.length === 0 || errors.length > 0) process.exit(1);
