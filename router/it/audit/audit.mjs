// Asks a server what the audits of graphql-http ask, as a client that sends the header which browsers ask leave for.
// Prints a list of { id, name, status, reason }.
import { serverAudits } from 'graphql-http';

const [url] = process.argv.slice(2);
const fetchFn = (address, options = {}) => fetch(address, { ...options, headers: { 'apollo-require-preflight': 'audit', ...options.headers } });
const results = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const { status, reason } = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status, reason });
}
console.log(JSON.stringify(results));
