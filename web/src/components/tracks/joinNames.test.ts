import { afterEach, expect, test } from 'vitest';

import { joinNames, namesOf } from './joinNames';

const people = (...names: string[]) => names.map((name) => ({ name }));

afterEach(() => {
  document.documentElement.lang = 'en';
});

test('names stand in their order, with what the language puts between', () => {
  document.documentElement.lang = 'en';
  expect(namesOf(people('Ada', 'Ben', 'Cy'))).toBe('Ada, Ben, Cy');
  document.documentElement.lang = 'ar';
  expect(namesOf(people('Ada', 'Ben', 'Cy'))).toContain('،');
});

test('one name stands alone, and of none there is no text', () => {
  expect(joinNames(people('Ada'), ({ name }) => name)).toEqual([{ item: { name: 'Ada' }, before: '' }]);
  expect(namesOf([])).toBe('');
});
