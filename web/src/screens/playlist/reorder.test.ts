import { describe, expect, it } from 'vitest';

import { beforePlace, moved, runsOf } from './reorder';

const letters = ['a', 'b', 'c', 'd', 'e'];
const reordered = (indexes: number[], before: number) => moved(letters, indexes, before).join('');

describe('reordering', () => {
  it('moves entries up, down, to both ends, and as a block', () => {
    expect(reordered([0], 3)).toBe('bcade');
    expect(reordered([3], 0)).toBe('dabce');
    expect(reordered([1], 5)).toBe('acdeb');
    expect(reordered([0, 2], 4)).toBe('bdace');
    expect(reordered([1], 1)).toBe('abcde');
    expect(reordered([1], 2)).toBe('abcde');
  });

  it('finds the place before which entries stand so that the first gets the wanted position', () => {
    for (const indexes of [[0], [4], [1, 3], [0, 1, 2], [2, 4]]) {
      for (let place = 0; place <= letters.length - indexes.length; place += 1) {
        const result = moved(letters, indexes, beforePlace(indexes, place, letters.length));
        expect(result.slice(place, place + indexes.length)).toEqual(indexes.map((index) => letters[index]));
      }
    }
  });

  it('keeps holes where they are', () => {
    expect(moved(['a', undefined, 'c'], [2], 0)).toEqual(['c', 'a', undefined]);
  });
});

it('what was removed is put back in runs, where it was', () => {
  const list = ['a', 'b', 'c', 'd', 'e', 'f'];
  const places = [4, 1, 2, 5];
  const runs = runsOf(places, (index) => list[index] ?? null);
  expect(runs).toEqual([
    { at: 1, ids: ['b', 'c'] },
    { at: 4, ids: ['e', 'f'] },
  ]);
  const left = list.filter((_, index) => !places.includes(index));
  for (const { at, ids } of runs) left.splice(at, 0, ...ids);
  expect(left).toEqual(list);
  // One that is gone does not come back, and the others close up.
  expect(runsOf([0, 1, 2], (index) => (index === 1 ? null : `${index}`))).toEqual([{ at: 0, ids: ['0', '2'] }]);
});
