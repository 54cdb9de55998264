// The tabs that GraphiQL opens with. Each runs as it is; `npm run build` checks them against the schema.
import albums from './albums.graphql?raw';
import charts from './charts.graphql?raw';
import library from './library.graphql?raw';
import live from './live.graphql?raw';
import playback from './playback.graphql?raw';
import playlist from './playlist.graphql?raw';
import search from './search.graphql?raw';
import server from './server.graphql?raw';
import signIn from './sign-in.graphql?raw';

/** An account that nobody has yet. */
function newAccount() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  const text = [...random].map(byte => byte.toString(36).padStart(2, '0')).join('');
  const handle = `guest_${text.slice(0, 10)}`;
  return { handle, displayName: 'Guest', email: `${handle}@example.org`, password: text.slice(10) };
}

const asText = variables => JSON.stringify(variables, null, 2);

export const examples = [
  { query: signIn, variables: asText({ input: newAccount() }) },
  { query: albums },
  { query: search, variables: asText({ words: 'love' }) },
  { query: charts },
  { query: library },
  { query: playlist },
  { query: live },
  { query: playback },
  { query: server },
];
