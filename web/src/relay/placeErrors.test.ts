import { expect, test } from 'vitest';

import { isMainMissing, placeErrors } from './placeErrors';

const away = (affectedPath?: string) => ({
  message: 'away',
  extensions: { code: 'UNAVAILABLE', ...(affectedPath && { affectedPath }) },
});
const paths = (data: object, ...errors: ReturnType<typeof away>[]) =>
  placeErrors({ data, errors }).errors.map((error) => (error as { path?: unknown }).path);

test('a service that answers nothing is missed where the root is null', () => {
  expect(paths({ home: [], publicPlaylists: null }, away())).toEqual([['publicPlaylists']]);
});

test('what a service adds to an object is missed where the object has nothing', () => {
  const viewer = { user: { id: '1' }, playlists: null };
  expect(paths({ viewer }, away('viewer'))).toEqual([['viewer', 'playlists']]);
  expect(paths({ viewer: null }, away('viewer.playlists'))).toEqual([['viewer']]);
});

test('entries of a list say themselves what is missing of them', () => {
  const playlists = { edges: [{ node: { track: null } }] };
  expect(paths({ playlists }, away('playlists.edges.@.node.track'))).toEqual([undefined]);
});

test('errors of fields stay where they are, and so does an answer without any', () => {
  const errors = [{ message: 'no', path: ['a'], extensions: { code: 'FORBIDDEN' } }];
  expect(placeErrors({ data: { a: null, b: null }, errors }).errors).toEqual(errors);
  const answer = { data: { a: null } };
  expect(placeErrors(answer)).toBe(answer);
});

test('a screen whose main thing is away is told from one whose thing does not exist', () => {
  const answer = placeErrors({ data: { album: null, home: [] }, errors: [away()] });
  expect(isMainMissing(answer)).toBe(true);
  expect(isMainMissing({ data: { album: null } })).toBe(false);
  expect(isMainMissing(placeErrors({ data: { home: null, album: {} }, errors: [away()] }))).toBe(false);
});
