import { expect, test } from 'vitest';

import { lrcTime, nextUntimed, parseLrc, writeLrc } from './lrc';

test('times are written as LRC has them', () => {
  expect([0, 83_450, 3_599_999, -5].map(lrcTime)).toEqual(['[00:00.00]', '[01:23.45]', '[60:00.00]', '[00:00.00]']);
});

test('pasted LRC keeps its times, and headers are no words', () => {
  expect(parseLrc('[ar:Somebody]\n[00:01.50] one\ntwo\n[01:02:30]three')).toEqual([
    { text: 'one', startMs: 1_500 },
    { text: 'two', startMs: null },
    { text: 'three', startMs: 62_300 },
  ]);
});

test('lyrics are LRC only when every line has its time', () => {
  const lines = parseLrc('b\n\na');
  expect(writeLrc(lines)).toBe('b\n\na');
  expect(nextUntimed(lines)).toBe(0);
  const timed = [
    { text: 'b', startMs: 2_000 },
    { text: '', startMs: null },
    { text: 'a', startMs: 1_000 },
  ];
  expect(writeLrc(timed)).toBe('[00:01.00]a\n[00:02.00]b');
  expect(nextUntimed(timed)).toBe(-1);
  expect(writeLrc([])).toBe('');
});
