import type { GraphQLResponse, RequestParameters } from 'relay-runtime';

import { operationBody } from './documents';
import { type GraphQLFailure, NetworkError, RequestError } from './errors';
import { isMainMissing, placeErrors } from './placeErrors';

/** Where the API answers: always the origin that the page came from. */
export const GRAPHQL_URL = '/graphql';

/** How long one attempt may take, in milliseconds. Handing playback over waits for a device, up to ten seconds. */
const ATTEMPT_TIMEOUT_MS = 20_000;

/** Attempts of a read, the first included, and the longest pause before the second; each further pause is twice as long. */
const READ_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 400;

/** What a request needs of a session. */
export interface TokenSource {
  /** A token that is good for a while; null: nobody is signed in. Rejects with NetworkError when it cannot be refreshed now. */
  accessToken(): Promise<string | null>;
  /** The server refused this token: whether another one could be had. */
  refused(token: string): Promise<boolean>;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly fetch?: typeof globalThis.fetch;
  /** Waits so many milliseconds; tests do not. */
  readonly pause?: (ms: number) => Promise<void>;
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFailure[];
}

/** One HTTP exchange. Rejects with NetworkError when no answer of GraphQL came back. */
async function exchange(body: string, token: string | null, options: RequestOptions): Promise<Answer> {
  const timeout = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const headers: Record<string, string> = {
    accept: 'application/graphql-response+json, application/json',
    'content-type': 'application/json',
  };
  if (token) headers.authorization = `Bearer ${token}`;
  let response: Response;
  try {
    response = await (options.fetch ?? fetch)(GRAPHQL_URL, {
      method: 'POST',
      headers,
      body,
      signal,
      // The token is in the header; cookies of the origin mean nothing here.
      credentials: 'omit',
      cache: 'no-store',
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new NetworkError(error instanceof Error ? error.message : 'The network failed');
  }
  const answer: Answer | null = await response.json().catch(() => null);
  if (answer && (answer.data !== undefined || answer.errors)) {
    if (answer.data == null && response.status >= 500) throw new NetworkError('The server failed', response.status);
    if (response.status === 429) throw new NetworkError('Too many requests', 429);
    return answer;
  }
  throw new NetworkError(`The server answered ${response.status}`, response.status);
}

const isUnauthenticated = (answer: Answer) =>
  answer.data == null && answer.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED');

/** Sends once; a second time with another token when the server refuses the first, which it does before it executes anything. */
async function send(body: string, session: TokenSource | null, options: RequestOptions): Promise<Answer> {
  const token = session ? await session.accessToken() : null;
  const answer = await exchange(body, token, options);
  if (!session || !token || !isUnauthenticated(answer) || !(await session.refused(token))) return answer;
  return exchange(body, await session.accessToken(), options);
}

const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/**
 * Executes an operation over HTTP. Reads are tried again after network errors; mutations never, because the first may have been
 * done. An answer with `data` is an answer, whatever `errors` it has beside: Relay gives those to the fields that they are about.
 */
export async function request(
  params: RequestParameters,
  variables: object,
  session: TokenSource | null,
  options: RequestOptions = {},
): Promise<GraphQLResponse> {
  const body = JSON.stringify(await operationBody(params, variables));
  const attempts = params.operationKind === 'query' ? READ_ATTEMPTS : 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await send(body, session, options);
      if (answer.data == null) throw new RequestError(answer.errors ?? []);
      const placed = placeErrors(answer);
      if (params.operationKind === 'query' && isMainMissing(placed)) throw new RequestError(placed.errors ?? []);
      return placed as GraphQLResponse;
    } catch (error) {
      const isTransient = error instanceof NetworkError && (error.status === null || error.status >= 500);
      if (!isTransient || attempt >= attempts || options.signal?.aborted) throw error;
      await (options.pause ?? sleep)(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
    }
  }
}
