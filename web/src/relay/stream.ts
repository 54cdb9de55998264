import type { Client, FormattedExecutionResult } from 'graphql-ws';
import { type GraphQLResponse, Observable, type RequestParameters } from 'relay-runtime';

import { type OperationBody, operationBody } from './documents';
import { type GraphQLFailure, NetworkError, RequestError } from './errors';

/** Between two attempts to connect or to open a stream again, in milliseconds: from the first to the longest pause. */
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 15_000;
/** A stream that was open for so long was well: the next pause is the first again. */
const WELL_MS = 10_000;
/** What is refused with these codes is refused again. */
const FINAL = new Set(['FORBIDDEN', 'BAD_USER_INPUT', 'PERSISTED_DOCUMENT_NOT_FOUND', 'GRAPHQL_VALIDATION_FAILED']);

/** What a stream needs of the connection that it runs on. */
export interface StreamHost {
  readonly client: Pick<Client, 'subscribe'>;
  /** The server does not take the token that the connection was opened with: whether it is opened anew with another one. */
  renew(): Promise<boolean>;
  /** Whether this stream waits to be opened again, its service being away. */
  setBroken(stream: object, isBroken: boolean): void;
  /** Aborted with the connection's end. */
  readonly signal: AbortSignal;
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
export function pauseBefore(retries: number, signal?: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retries);
  return new Promise((done) => {
    const finish = () => {
      clearTimeout(timer);
      removeEventListener('online', finish);
      done();
    };
    const timer = setTimeout(finish, longest * (0.5 + Math.random() / 2));
    addEventListener('online', finish);
    signal?.addEventListener('abort', finish);
  });
}

function toError(cause: unknown): Error {
  if (Array.isArray(cause)) return new RequestError(cause as GraphQLFailure[]);
  return cause instanceof Error ? cause : new NetworkError('The connection was lost');
}

const isFinal = (error: Error) =>
  error instanceof RequestError && error.errors.some(({ extensions }) => FINAL.has(extensions?.code ?? ''));

/** Runs the stream once; gives why it ended: an error, or null when the server said that it is complete. */
function runOnce(
  { client }: StreamHost,
  body: OperationBody,
  onFrame: (frame: FormattedExecutionResult<Record<string, unknown>, unknown>) => void,
  signal: AbortSignal,
): Promise<Error | null> {
  return new Promise((end) => {
    const payload = { ...body, query: body.query ?? '' };
    const stop = client.subscribe<Record<string, unknown>>(payload, {
      next: (frame) => {
        if (frame.data) return onFrame(frame);
        // Nothing of this frame can be shown, and what follows it is its stream's end.
        end(new RequestError((frame.errors ?? []) as unknown as GraphQLFailure[]));
        queueMicrotask(() => stop());
      },
      error: (cause) => end(toError(cause)),
      complete: () => end(null),
    });
    signal.addEventListener('abort', () => stop());
  });
}

/**
 * Runs one subscription, and opens it again when it ends without our doing: the service behind it has restarted, say.
 * `variables.after` of its body always holds the newest cursor, so that the server goes on where the stream was; graphql-ws
 * sends the same body again when it has connected anew. It fails with what would be refused again.
 */
export function openStream(
  host: StreamHost,
  params: RequestParameters,
  variables: object,
): Observable<GraphQLResponse> {
  return Observable.create((sink) => {
    const aborter = new AbortController();
    const signal = AbortSignal.any([aborter.signal, host.signal]);
    const stream = {};
    const run = async () => {
      const body = await operationBody(params, variables);
      // Relay gives every variable that the document declares.
      const resumes = 'after' in body.variables;
      for (let attempt = 0; !signal.aborted; attempt += 1) {
        const openedAt = performance.now();
        const onFrame = (frame: FormattedExecutionResult<Record<string, unknown>, unknown>) => {
          const cursor = resumes ? frameCursor(frame.data) : null;
          if (cursor) body.variables.after = cursor;
          host.setBroken(stream, false);
          sink.next(frame as GraphQLResponse);
        };
        const error = await runOnce(host, body, onFrame, signal);
        if (signal.aborted) return;
        if (error && isFinal(error)) throw error;
        const isRefused = error instanceof RequestError && error.has('UNAUTHENTICATED');
        if (isRefused && !(await host.renew())) throw error;
        if (performance.now() - openedAt > WELL_MS) attempt = 0;
        host.setBroken(stream, attempt > 0);
        await pauseBefore(attempt, signal);
      }
    };
    run()
      .catch((error: Error) => sink.error(error))
      .finally(() => host.setBroken(stream, false));
    return () => aborter.abort();
  });
}
