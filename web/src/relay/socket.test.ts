import type { RequestParameters } from 'relay-runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { openSocket } from './socket';

/** The server's end of graphql-transport-ws: what it was sent, and what it says. */
class FakeSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static opened: FakeSocket[] = [];
  static answersPings = false;

  readyState = 0;
  sent: { type: string; id?: string; payload?: Record<string, unknown> }[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: unknown) => void;
  onerror?: (event: unknown) => void;

  constructor() {
    FakeSocket.opened.push(this);
    queueMicrotask(() => {
      this.readyState = 1;
      this.onopen?.();
    });
  }

  send(data: string) {
    const message = JSON.parse(data) as (typeof this.sent)[number];
    this.sent.push(message);
    if (message.type === 'ping' && FakeSocket.answersPings) queueMicrotask(() => this.say({ type: 'pong' }));
    if (message.type === 'connection_init') queueMicrotask(() => this.say({ type: 'connection_ack' }));
  }

  say(message: unknown) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  close(code = 1006) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code, reason: '', wasClean: false });
  }

  subscribed() {
    return this.sent.filter((message) => message.type === 'subscribe');
  }
}

const params = {
  name: 'LiveSubscription',
  id: 'a'.repeat(64),
  text: null,
  operationKind: 'subscription',
  metadata: {},
};
const session = { accessToken: async () => 'token-1', refused: async () => false };
const stream = params as unknown as RequestParameters;
const failed = (code: string) => [{ message: '', extensions: { code } }];

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.opened = [];
  FakeSocket.answersPings = false;
  vi.stubGlobal('WebSocket', FakeSocket);
  // The development server's file of documents: this one is known by its text there.
  vi.stubGlobal(
    'fetch',
    async () => new Response(JSON.stringify({ ['a'.repeat(64)]: 'subscription LiveSubscription { a }' })),
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = (ms = 10) => vi.advanceTimersByTimeAsync(ms);
const last = () => FakeSocket.opened.at(-1) as FakeSocket;

test('a lost connection comes back, and each stream goes on behind the newest frame', async () => {
  const live = openSocket(session, () => {});
  const frames: unknown[] = [];
  live
    .execute(params as unknown as RequestParameters, { after: null })
    .subscribe({ next: (frame) => void frames.push(frame) });
  await settle();
  const [first] = last().subscribed();
  last().say({ type: 'next', id: first?.id, payload: { data: { libraryChanged: { version: 7 } } } });
  last().close();
  await settle(5_000);
  expect(FakeSocket.opened).toHaveLength(2);
  expect(last().subscribed()[0]?.payload?.variables).toEqual({ after: '7' });
  expect(frames).toHaveLength(1);
  live.dispose();
});

test('the token is in the first message, and a newer one is shown on the living socket', async () => {
  const live = openSocket(session, () => {});
  await settle();
  expect(last().sent[0]).toEqual({ type: 'connection_init', payload: { authorization: 'Bearer token-1' } });
  live.showToken('token-2');
  expect(last().sent.at(-1)).toEqual({ type: 'ping', payload: { authorization: 'Bearer token-2' } });
  expect(live.liveness()).toBe('live');
  live.dispose();
});

test('the end of the session is told, and nothing connects again', async () => {
  const ended = vi.fn();
  const live = openSocket(session, ended);
  await settle();
  last().close(4403);
  await settle(60_000);
  expect(ended).toHaveBeenCalledOnce();
  expect(FakeSocket.opened).toHaveLength(1);
  live.dispose();
});

test('a frame without its root does not end the stream', async () => {
  const live = openSocket(session, () => {});
  const seen: unknown[] = [];
  live
    .execute(params as unknown as RequestParameters, { after: null })
    .subscribe({ next: (frame) => void seen.push(frame) });
  await settle();
  const [first] = last().subscribed();
  last().say({ type: 'next', id: first?.id, payload: { data: { libraryChanged: { version: 1 } } } });
  last().say({ type: 'next', id: first?.id, payload: { data: { libraryChanged: null } } });
  last().say({ type: 'next', id: first?.id, payload: { data: { libraryChanged: { version: 2 } } } });
  expect(seen).toHaveLength(3);
  expect(FakeSocket.opened).toHaveLength(1);
  live.dispose();
});

test('a connection that answers no ping is given up and opened again', async () => {
  const live = openSocket(session, () => {});
  await settle();
  await settle(12_000 + 6_000 + 1_000);
  expect(FakeSocket.opened.length).toBeGreaterThan(1);
  live.dispose();
});

test('a stream that ends because its service restarts is opened again behind the newest frame', async () => {
  for (const [which, end] of [
    (id: string | undefined) => last().say({ type: 'complete', id }),
    (id: string | undefined) => last().say({ type: 'error', id, payload: failed('UNAVAILABLE') }),
    (id: string | undefined) => {
      last().say({ type: 'next', id, payload: { data: null, errors: failed('WS_CONNECTION_CLOSED') } });
      last().say({ type: 'complete', id });
    },
  ].entries()) {
    const live = openSocket(session, () => {});
    const seen: unknown[] = [];
    const over = vi.fn();
    live
      .execute(stream, { after: null })
      .subscribe({ next: (frame) => void seen.push(frame), error: over, complete: over });
    await settle();
    const [first] = last().subscribed();
    last().say({ type: 'next', id: first?.id, payload: { data: { libraryChanged: { version: 7 } } } });
    end(first?.id);
    await settle(1_000);
    const [, second] = last().subscribed();
    expect(second?.payload?.variables, `end ${which}`).toEqual({ after: '7' });
    last().say({ type: 'next', id: second?.id, payload: { data: { libraryChanged: { version: 8 } } } });
    expect(seen).toHaveLength(2);
    expect(over).not.toHaveBeenCalled();
    live.dispose();
  }
});

test('while a service stays away its stream is asked for less and less often, and the page knows that it hears less', async () => {
  FakeSocket.answersPings = true;
  const live = openSocket(session, () => {});
  live.execute(stream, { after: null }).subscribe({});
  await settle();
  expect(live.hearsAll()).toBe(true);
  for (let second = 0; second < 120; second += 1) {
    const newest = last().subscribed().at(-1);
    last().say({ type: 'error', id: newest?.id, payload: failed('UNAVAILABLE') });
    await settle(1_000);
  }
  expect(live.hearsAll()).toBe(false);
  expect(last().subscribed().length).toBeLessThan(25);
  await settle(16_000);
  const newest = last().subscribed().at(-1);
  last().say({ type: 'next', id: newest?.id, payload: { data: { libraryChanged: { version: 1 } } } });
  expect(live.hearsAll()).toBe(true);
  live.dispose();
});

test('what would be refused again fails', async () => {
  const live = openSocket(session, () => {});
  const error = vi.fn();
  live.execute(stream, { after: null }).subscribe({ error });
  await settle();
  last().say({ type: 'error', id: last().subscribed()[0]?.id, payload: failed('FORBIDDEN') });
  await settle(5_000);
  expect(error).toHaveBeenCalledOnce();
  expect(last().subscribed()).toHaveLength(1);
  live.dispose();
});

test('a token that the server refuses is traded, and the streams go on over a new socket', async () => {
  let token = 'old';
  const refused = vi.fn(async () => {
    token = 'new';
    return true;
  });
  const live = openSocket({ accessToken: async () => token, refused }, () => {});
  const error = vi.fn();
  for (let count = 0; count < 3; count += 1) live.execute(stream, { after: null }).subscribe({ error });
  await settle();
  for (const { id } of last().subscribed()) last().say({ type: 'error', id, payload: failed('UNAUTHENTICATED') });
  await settle(3_000);
  expect(refused.mock.calls).toEqual([['old']]);
  expect(last().sent[0]?.payload).toEqual({ authorization: 'Bearer new' });
  expect(last().subscribed()).toHaveLength(3);
  expect(error).not.toHaveBeenCalled();
  live.dispose();
});
