import type { RequestParameters } from 'relay-runtime';
import { describe, expect, test, vi } from 'vitest';

import { errorKind, NetworkError, RequestError } from './errors';
import { request, type TokenSource } from './http';

const params = (operationKind: 'query' | 'mutation') =>
  ({
    name: 'ThingQuery',
    operationKind,
    id: null,
    text: 'query ThingQuery { thing }',
    metadata: {},
  }) as unknown as RequestParameters;

const answer = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const pause = async () => {};

function session(tokens: string[]): TokenSource & { refused: ReturnType<typeof vi.fn> } {
  let at = 0;
  return {
    accessToken: async () => tokens[at] ?? null,
    refused: vi.fn(async () => {
      at += 1;
      return at < tokens.length;
    }),
  };
}

const sent = (fetch: ReturnType<typeof vi.fn>, index: number) =>
  fetch.mock.calls[index]?.[1] as RequestInit & { headers: Record<string, string> };

describe('a request', () => {
  test('carries the token and no cookie', async () => {
    const fetch = vi.fn(async () => answer({ data: { thing: 1 } }));
    await request(params('query'), { a: 1 }, session(['one']), { fetch });
    expect(sent(fetch, 0).headers.authorization).toBe('Bearer one');
    expect(sent(fetch, 0).credentials).toBe('omit');
  });

  test('that is refused for its token is sent again with another, mutations too', async () => {
    const fetch = vi.fn(async (_: unknown, init?: RequestInit) =>
      new Headers(init?.headers).get('authorization') === 'Bearer two'
        ? answer({ data: { thing: 1 } })
        : answer({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] }, 401),
    );
    const source = session(['one', 'two']);
    const response = await request(params('mutation'), {}, source, { fetch: fetch as typeof globalThis.fetch });
    expect(response).toEqual({ data: { thing: 1 } });
    expect(source.refused).toHaveBeenCalledWith('one');
  });

  test('that reads is tried again after network errors, three times at most', async () => {
    const fetch = vi.fn(async (): Promise<Response> => {
      throw new TypeError('Failed to fetch');
    });
    await expect(request(params('query'), {}, null, { fetch, pause })).rejects.toBeInstanceOf(NetworkError);
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  test('that changes something is never tried again: the first may have been done', async () => {
    const fetch = vi.fn(async () => answer({ message: 'bad gateway' }, 502));
    await expect(request(params('mutation'), {}, null, { fetch, pause })).rejects.toMatchObject({ status: 502 });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  test('is not tried again when it was refused', async () => {
    const fetch = vi.fn(async () => answer({ errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] }));
    const error = await request(params('query'), {}, null, { fetch, pause }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RequestError);
    expect(errorKind(error)).toBe('forbidden');
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  test('keeps what came with errors beside it: the fields know which are theirs', async () => {
    const partial = { data: { title: 'A', playable: null }, errors: [{ message: 'away', path: ['playable'] }] };
    const fetch = vi.fn(async () => answer(partial));
    expect(await request(params('query'), {}, null, { fetch })).toEqual(partial);
  });

  test('too many requests are an error of their own', async () => {
    const fetch = vi.fn(async () => answer({ errors: [{ message: 'slow down' }] }, 429));
    const error = await request(params('query'), {}, null, { fetch, pause }).catch((thrown: unknown) => thrown);
    expect(errorKind(error)).toBe('limited');
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});
