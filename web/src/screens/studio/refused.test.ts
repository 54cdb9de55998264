import { expect, test } from 'vitest';

import { refusedOf } from './refused';

const chosen = [
  { id: 'a', name: 'Aria' },
  { id: 'b', name: 'Ballad' },
  { id: 'c', name: 'Chorus' },
];
const STALE = 'somebody else was quicker';

test('what was refused is named by its place, with the reason in words', () => {
  const errors = [
    { code: 'STALE_VERSION', message: 'the current version is 7', path: ['ids', '2'] },
    { code: 'FORBIDDEN', message: 'It is not yours', path: ['ids', '0'] },
  ];
  expect(refusedOf(chosen, errors, STALE)).toEqual([
    { name: 'Chorus', reason: STALE },
    { name: 'Aria', reason: 'It is not yours' },
  ]);
});

test('an error that names no place is about all of them', () => {
  const errors = [{ code: 'INVALID_INPUT', message: 'No such genre', path: ['patch', 'genres'] }];
  expect(refusedOf(chosen, errors, STALE).map(({ name }) => name)).toEqual(['Aria', 'Ballad', 'Chorus']);
});
