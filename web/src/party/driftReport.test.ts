import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { reportDrift } from './driftReport';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the middle of what was measured is reported, no more often than once in five seconds', () => {
  const measured = [1, 90, 2, 3, 4, 2];
  const sent: [string, number][] = [];
  let at = 0;
  const source = { sessionId: () => 'lss_1', offByMs: () => measured[at++ % measured.length] as number };
  const stop = reportDrift(source, (id, offset) => sent.push([id, offset]));
  vi.advanceTimersByTime(1_000);
  at = 0;
  vi.advanceTimersByTime(5_000);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(sent).toEqual([['lss_1', 3]]);
  vi.advanceTimersByTime(5_000);
  expect(sent.length).toBe(1);
  stop();
  vi.advanceTimersByTime(60_000);
  expect(sent.length).toBe(1);
});

test('what was measured in another party, or before a silence, is not reported', () => {
  let [party, offset]: [string | null, number | null] = ['lss_1', 5];
  const send = vi.fn();
  const stop = reportDrift({ sessionId: () => party, offByMs: () => offset }, send);
  vi.advanceTimersByTime(4_000);
  offset = null;
  vi.advanceTimersByTime(1_000);
  offset = 5;
  vi.advanceTimersByTime(4_000);
  party = 'lss_2';
  vi.advanceTimersByTime(5_000);
  expect(send).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2_000);
  expect(send).toHaveBeenCalledExactlyOnceWith('lss_2', 5);
  party = null;
  vi.advanceTimersByTime(20_000);
  expect(send).toHaveBeenCalledOnce();
  stop();
});
