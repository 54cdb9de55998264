import { fetchQuery, graphql } from 'relay-runtime';
import { afterEach, expect, test, vi } from 'vitest';

import type { environmentTestQuery } from './__generated__/environmentTestQuery.graphql';
import { createEnvironment } from './environment';
import { frameCursor } from './stream';

const query = graphql`
  query environmentTestQuery($id: ID!) {
    viewer {
      id
      user {
        id
        displayName
      }
    }
    album(id: $id) {
      id
      title
      saved @catch
    }
  }
`;

afterEach(() => vi.unstubAllGlobals());

function answerWith(body: unknown) {
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => new Response(JSON.stringify(body)));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

test('a field that failed is an error of that field, the others are there', async () => {
  answerWith({
    data: { viewer: null, album: { id: 'alb_1', title: 'First Light', saved: null } },
    errors: [{ message: 'away', path: ['album', 'saved'], extensions: { code: 'SUBREQUEST_HTTP_ERROR' } }],
  });
  const environment = createEnvironment(null, null);
  const data = await fetchQuery<environmentTestQuery>(environment, query, { id: 'alb_1' }).toPromise();
  expect(data?.album?.title).toBe('First Light');
  expect(data?.album?.saved.ok).toBe(false);
});

test('a viewer and their user are two records, each by its own id', async () => {
  answerWith({ data: { viewer: { id: 'vwr_1', user: { id: 'usr_1', displayName: 'Ada' } }, album: null } });
  const environment = createEnvironment(null, null);
  const data = await fetchQuery<environmentTestQuery>(environment, query, { id: 'alb_1' }).toPromise();
  expect(data?.viewer?.user.displayName).toBe('Ada');
  const source = environment.getStore().getSource();
  expect(source.get('usr_1')?.__typename).toBe('User');
  expect(source.get('vwr_1')?.__typename).toBe('Viewer');
});

test('operations are sent by the id or the text that the compiler gave them', async () => {
  const fetch = answerWith({ data: { viewer: null, album: null } });
  await fetchQuery<environmentTestQuery>(createEnvironment(null, null), query, { id: 'alb_1' }).toPromise();
  const body = JSON.parse(String(fetch.mock.calls.at(-1)?.[1].body)) as Record<string, unknown>;
  expect(body.variables).toEqual({ id: 'alb_1' });
  expect('documentId' in body || 'query' in body).toBe(true);
});

test("a stream goes on at its root's cursor or version", () => {
  expect(frameCursor({ playbackChanged: { cursor: 'c7', version: 3 } })).toBe('c7');
  expect(frameCursor({ libraryChanged: { version: 12 } })).toBe('12');
  expect(frameCursor({ uploadChanged: { id: 'upl_1' } })).toBeNull();
  expect(frameCursor(null)).toBeNull();
});
