// How GraphiQL reaches the API: over HTTP, and over a WebSocket for subscriptions. Whoever signs in with a mutation is signed in
// for everything that is run afterwards, until the page is closed; an Authorization in the headers' editor comes before that.
import { createGraphiQLFetcher } from '@graphiql/toolkit';

const URL_OF_API = '/graphql';

/** The access token of whoever signed in last. In memory alone. */
let accessToken = null;

/** Finds the tokens in the answer of a mutation that signs somebody in. */
function noteTokens(answer) {
  for (const payload of Object.values(answer?.data ?? {})) {
    if (typeof payload?.tokens?.accessToken === 'string') accessToken = payload.tokens.accessToken;
  }
  return answer;
}

function withToken(headers = {}) {
  const names = Object.keys(headers).map(name => name.toLowerCase());
  if (!accessToken || names.includes('authorization') || names.includes('x-api-key')) return headers;
  return { ...headers, Authorization: `Bearer ${accessToken}` };
}

async function* noting(answers) {
  for await (const answer of answers) yield noteTokens(answer);
}

export function fetcher() {
  const socket = new URL(URL_OF_API, location.href);
  socket.protocol = socket.protocol === 'https:' ? 'wss:' : 'ws:';
  const fetch = createGraphiQLFetcher({ url: URL_OF_API, subscriptionUrl: socket.href });
  return async (request, options) => {
    const answer = await fetch(request, { ...options, headers: withToken(options?.headers) });
    return Symbol.asyncIterator in Object(answer) ? noting(answer) : noteTokens(answer);
  };
}
