import { type Client, createClient } from 'graphql-ws';
import { type GraphQLResponse, Observable, type RequestParameters } from 'relay-runtime';

import { operationBody } from './documents';
import { type GraphQLFailure, NetworkError, RequestError } from './errors';
import { GRAPHQL_URL, type TokenSource } from './http';

/** The router closes a socket so when the session that it was opened with has ended. */
const SESSION_ENDED = 4403;

/** Between two attempts to connect again, in milliseconds: from the first to the longest pause. */
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 15_000;
/** How often the living socket is asked whether it lives, and how long it may take to say so. */
const KEEP_ALIVE_MS = 12_000;
const PONG_TIMEOUT_MS = 6_000;

/** How the page hears of changes. */
export type Liveness = 'connecting' | 'live' | 'offline';

export interface LiveSocket {
  /** For subscriptions of Relay. */
  execute(params: RequestParameters, variables: object): Observable<GraphQLResponse>;
  /** Shows a refreshed token on the living socket, so that it stays open. */
  showToken(token: string): void;
  /** For `useSyncExternalStore`. */
  subscribe(listener: () => void): () => void;
  liveness(): Liveness;
  dispose(): void;
}

interface Root {
  readonly cursor?: string | null;
  readonly version?: number | null;
}

/** Where a stream can go on after this frame: the root's `cursor`, or its `version`. */
export function frameCursor(data: unknown): string | null {
  const root = Object.values((data ?? {}) as Record<string, Root | null>)[0];
  if (!root) return null;
  if (typeof root.cursor === 'string') return root.cursor;
  return typeof root.version === 'number' ? String(root.version) : null;
}

/** Waits until the next attempt: longer each time, with chance, and no longer than until the network returns. */
function pauseBefore(retries: number): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retries);
  return new Promise((done) => {
    const finish = () => {
      clearTimeout(timer);
      removeEventListener('online', finish);
      done();
    };
    const timer = setTimeout(finish, longest * (0.5 + Math.random() / 2));
    addEventListener('online', finish);
  });
}

/** Lost connections come back; mistakes of this program would come again at once, for ever. */
function shouldRetry(cause: unknown): boolean {
  const { code } = cause as { readonly code?: number };
  if (code !== undefined) return code !== SESSION_ENDED;
  return !(cause instanceof Error) || cause instanceof NetworkError;
}

/** graphql-ws wants a `query` in every payload; a document that goes by its id has none. */
const withoutEmptyQuery = (key: string, value: unknown) => (key === 'query' && value === '' ? undefined : value);

function toError(cause: unknown): Error {
  if (Array.isArray(cause)) return new RequestError(cause as GraphQLFailure[]);
  return cause instanceof Error ? cause : new NetworkError('The connection was lost');
}

function socketUrl(): string {
  const url = new URL(GRAPHQL_URL, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** Follows the connection for those who show it, and forwards the end of the session. */
class Watch {
  #liveness: Liveness = 'connecting';
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly liveness = () => this.#liveness;

  set(next: Liveness): void {
    if (this.#liveness === next) return;
    this.#liveness = next;
    for (const listener of this.#listeners) listener();
  }
}

/**
 * Runs one operation on the socket. `after` always holds the newest cursor: graphql-ws sends the same payload object again when
 * it has connected anew, and so the server goes on where this stream was.
 */
function subscribe(client: Client, params: RequestParameters, variables: object): Observable<GraphQLResponse> {
  return Observable.create((sink) => {
    let unsubscribe = () => {};
    let isClosed = false;
    void operationBody(params, variables).then((body) => {
      if (isClosed) return;
      const payload = { ...body, query: body.query ?? '' };
      // Relay gives every variable that the document declares.
      const resumes = 'after' in payload.variables;
      unsubscribe = client.subscribe<Record<string, unknown>>(payload, {
        next: (frame) => {
          const cursor = resumes ? frameCursor(frame.data) : null;
          if (cursor) payload.variables.after = cursor;
          if (frame.data) sink.next(frame as GraphQLResponse);
          else sink.error(new RequestError((frame.errors ?? []) as unknown as GraphQLFailure[]));
        },
        error: (cause) => sink.error(toError(cause)),
        complete: () => sink.complete(),
      });
    }, sink.error);
    return () => {
      isClosed = true;
      unsubscribe();
    };
  });
}

/** Opens the socket of a person who is signed in, and keeps it open. `onEnded` is called when the session was ended elsewhere. */
export function openSocket(session: TokenSource, onEnded: () => void): LiveSocket {
  let socket: WebSocket | null = null;
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  const watch = new Watch();
  const client = createClient({
    url: socketUrl(),
    // Connected from the start: the end of the session elsewhere must be heard on any screen.
    lazy: false,
    keepAlive: KEEP_ALIVE_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: pauseBefore,
    shouldRetry,
    jsonMessageReplacer: withoutEmptyQuery,
    onNonLazyError: () => {},
    connectionParams: async () => {
      const token = await session.accessToken();
      return token ? { authorization: `Bearer ${token}` } : {};
    },
    on: {
      connected: (opened) => {
        socket = opened as WebSocket;
        watch.set('live');
      },
      ping: (received) => {
        if (received) return;
        // A connection that was lost without a word, as phones do, is found out by the pong that does not come.
        pongTimer = setTimeout(() => client.terminate(), PONG_TIMEOUT_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimer);
      },
      closed: (event) => {
        clearTimeout(pongTimer);
        socket = null;
        watch.set(navigator.onLine ? 'connecting' : 'offline');
        if ((event as CloseEvent).code === SESSION_ENDED) onEnded();
      },
    },
  });
  return {
    execute: (params, variables) => subscribe(client, params, variables),
    showToken: (token) => {
      if (socket?.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${token}` } }));
    },
    subscribe: watch.subscribe,
    liveness: watch.liveness,
    dispose: () => void client.dispose(),
  };
}
