import { expect, test } from 'vitest';

import { type EditedLine, lrcTime, nextUntimed, parseLrc, rewritten, timed, writeLrc } from './lrc';

const line = (text: string, startMs: number | null, words: EditedLine['words'] = null) => ({ text, startMs, words });
const text = (lines: readonly EditedLine[]) => lines.map((one) => one.text).join('\n');
const times = (lines: readonly EditedLine[]) => lines.map(({ startMs }) => startMs);

test('times are written as LRC has them', () => {
  expect([0, 83_450, 3_599_999, -5].map(lrcTime)).toEqual(['[00:00.00]', '[01:23.45]', '[60:00.00]', '[00:00.00]']);
});

test('pasted LRC keeps its times, and headers are no words', () => {
  expect(parseLrc('[ar:Somebody]\n[00:01.50] one\ntwo\n[01:02:30]three')).toEqual([
    { text: 'one', startMs: 1_500, words: null },
    { text: 'two', startMs: null, words: null },
    { text: 'three', startMs: 62_300, words: null },
  ]);
});

test('lyrics are LRC only when every line has its time', () => {
  const lines = parseLrc('b\n\na');
  expect(writeLrc(lines)).toBe('b\n\na');
  expect(nextUntimed(lines)).toBe(0);
  const timed = [line('b', 2_000), line('', null), line('a', 1_000)];
  expect(writeLrc(timed)).toBe('[00:01.00]a\n[00:02.00]b');
  expect(nextUntimed(timed)).toBe(-1);
  expect(writeLrc([])).toBe('');
});

const SONG = [
  line('Refrain', 1_000),
  line('It is a veerse', 2_000),
  line('', 3_000),
  line('Refrain', 4_000, [
    { text: 'Re', startMs: 4_000 },
    { text: 'frain', startMs: 4_500 },
  ]),
  line('Refrain', 5_000),
];

test('a typo that is mended letter by letter costs no time', () => {
  let lines: readonly EditedLine[] = SONG;
  for (const verse of ['It is a vrse', 'It is a verse', 'It is a', '', 'A', 'It is a verse'])
    lines = rewritten(lines, text(SONG).replace('It is a veerse', verse));
  expect(times(lines)).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
  expect(lines[3]?.words).toEqual(SONG[3]?.words);
});

test('lines that are added, removed, split or moved leave the others their times', () => {
  const [first, verse, gap, second, third] = SONG.map((one) => one.text) as [string, string, string, string, string];
  const of = (...lines: string[]) => times(rewritten(SONG, lines.join('\n')));
  expect(of(first, verse, 'More', gap, second, third)).toEqual([1_000, 2_000, null, 3_000, 4_000, 5_000]);
  expect(of(verse, gap, second, third)).toEqual([2_000, 3_000, 4_000, 5_000]);
  expect(of(first, 'It is a ', 'veerse', gap, second, third)).toEqual([1_000, 2_000, null, 3_000, 4_000, 5_000]);
  expect(of(...SONG.map(() => 'x'), 'y')).toEqual([null, null, null, null, null, null]);
  expect(of('[00:09.00]Refrain', verse, gap, second, third)).toEqual([9_000, 2_000, 3_000, 4_000, 5_000]);
});

test('times of words and of empty lines are saved as they were', () => {
  expect(writeLrc(SONG)).toBe(
    '[00:01.00]Refrain\n[00:02.00]It is a veerse\n[00:03.00]\n[00:04.00]<00:04.00>Re<00:04.50>frain\n[00:05.00]Refrain',
  );
});

test('a line that is timed anew takes its words along', () => {
  expect(timed(SONG[3] as EditedLine, 4_100).words?.map(({ startMs }) => startMs)).toEqual([4_100, 4_600]);
  expect(timed(SONG[3] as EditedLine, null).words).toBeNull();
});
