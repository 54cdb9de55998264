/** An error of GraphQL as the router answers it. Messages are for developers; `code` is for programs. */
export interface GraphQLFailure {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: {
    readonly code?: string;
    readonly retryAfterMs?: number;
    /** Where the router asked a service that did not answer, `viewer.playlists`; `@`: each entry of a list. */
    readonly affectedPath?: string;
  };
}

/** Nothing came back: no network, or a server that does not answer. Trying again later may help. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  /** The status of HTTP, when there was an answer. */
  readonly status: number | null;

  constructor(message: string, status: number | null = null) {
    super(message);
    this.status = status;
  }
}

/** The whole request was refused: there is no `data`, or an operation's errors leave nothing to show. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly errors: readonly GraphQLFailure[];

  constructor(errors: readonly GraphQLFailure[]) {
    super(errors.map((error) => error.message).join('\n') || 'The request failed');
    this.errors = errors;
  }

  has(code: string): boolean {
    return this.errors.some((error) => error.extensions?.code === code);
  }
}

/** Nobody is signed in, or not any more. */
export class SignedOutError extends Error {
  override readonly name = 'SignedOutError';
}

/** What a person can do about an error, by which screens choose their words. */
export type ErrorKind = 'offline' | 'unavailable' | 'signedOut' | 'forbidden' | 'limited' | 'outdated' | 'unexpected';

const KINDS: Readonly<Record<string, ErrorKind>> = {
  UNAUTHENTICATED: 'signedOut',
  FORBIDDEN: 'forbidden',
  RATE_LIMITED: 'limited',
  TOO_MANY_REQUESTS: 'limited',
  UNAVAILABLE: 'unavailable',
  SUBREQUEST_HTTP_ERROR: 'unavailable',
  SUBGRAPH_TIMEOUT: 'unavailable',
  SERVICE_UNAVAILABLE: 'unavailable',
  PERSISTED_DOCUMENT_NOT_FOUND: 'outdated',
};

/** Whether code of the page could not be loaded: each browser says so in words of its own. */
const isOfCode = (error: unknown) =>
  error instanceof TypeError && /dynamically imported module|Importing a module script failed/i.test(error.message);

/** Which kind an error is, from whatever was thrown or from one entry of a field's errors. */
export function errorKind(error: unknown): ErrorKind {
  if (error instanceof SignedOutError) return 'signedOut';
  if (error instanceof NetworkError) {
    if (error.status === 429) return 'limited';
    return error.status === null && typeof navigator !== 'undefined' && !navigator.onLine ? 'offline' : 'unavailable';
  }
  if (isOfCode(error)) return typeof navigator !== 'undefined' && !navigator.onLine ? 'offline' : 'outdated';
  if (error instanceof RequestError) {
    for (const { extensions } of error.errors) {
      const kind = extensions?.code && KINDS[extensions.code];
      if (kind) return kind;
    }
  }
  return 'unexpected';
}
