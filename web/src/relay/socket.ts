import { createClient } from 'graphql-ws';
import type { GraphQLResponse, Observable, RequestParameters } from 'relay-runtime';

import { NetworkError } from './errors';
import { GRAPHQL_URL, type TokenSource } from './http';
import { openStream, pauseBefore } from './stream';

/** The router closes a socket so when the session that it was opened with has ended. */
const SESSION_ENDED = 4403;

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
  /** False: a stream is broken off although the socket lives, because the service behind it is away. */
  hearsAll(): boolean;
  dispose(): void;
}

/** Lost connections come back; mistakes of this program would come again at once, for ever. */
function shouldRetry(cause: unknown): boolean {
  const { code } = cause as { readonly code?: number };
  if (code !== undefined) return code !== SESSION_ENDED;
  return !(cause instanceof Error) || cause instanceof NetworkError;
}

/** graphql-ws wants a `query` in every payload; a document that goes by its id has none. */
const withoutEmptyQuery = (key: string, value: unknown) => (key === 'query' && value === '' ? undefined : value);

function socketUrl(): string {
  const url = new URL(GRAPHQL_URL, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** Follows the connection for those who show it, and forwards the end of the session. */
class Watch {
  #liveness: Liveness = 'connecting';
  readonly #broken = new Set<object>();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly liveness = () => this.#liveness;
  readonly hearsAll = () => this.#broken.size === 0;

  readonly setBroken = (stream: object, isBroken: boolean) => {
    const before = this.#broken.size;
    if (isBroken) this.#broken.add(stream);
    else this.#broken.delete(stream);
    if ((before === 0) !== this.hearsAll()) this.#changed();
  };

  set(next: Liveness): void {
    if (this.#liveness === next) return;
    this.#liveness = next;
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Opens the socket of a person who is signed in, and keeps it open. `onEnded` is called when the session was ended elsewhere. */
export function openSocket(session: TokenSource, onEnded: () => void): LiveSocket {
  let socket: WebSocket | null = null;
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  /** The token that the server knows the socket by. */
  let shown: string | null = null;
  let renewing: Promise<boolean> | null = null;
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
      shown = token;
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
  /** A socket whose token was refused stays nobody's: it is closed, and opened with a new one. */
  const renew = () => {
    renewing ??= (async () => {
      const isSignedIn = shown ? await session.refused(shown) : (await session.accessToken()) !== null;
      if (isSignedIn) client.terminate();
      return isSignedIn;
    })()
      // Without a network nobody is signed out.
      .catch(() => true)
      .finally(() => {
        renewing = null;
      });
    return renewing;
  };
  const closed = new AbortController();
  const host = { client, renew, setBroken: watch.setBroken, signal: closed.signal };
  return {
    execute: (params, variables) => openStream(host, params, variables),
    showToken: (token) => {
      shown = token;
      if (socket?.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${token}` } }));
    },
    subscribe: watch.subscribe,
    liveness: watch.liveness,
    hearsAll: watch.hearsAll,
    dispose: () => {
      closed.abort();
      void client.dispose();
    },
  };
}
