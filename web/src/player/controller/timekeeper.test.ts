import { expect, it, vi } from 'vitest';

import { FakePort } from '../testing/fakes';
import { Timekeeper } from './timekeeper';

it('asks one question at a time, so that no answer seems quicker than it was', async () => {
  const port = new FakePort();
  let asked = 0;
  let answer: (server: number) => void = () => {};
  port.answers.serverTime = () => {
    asked += 1;
    return new Promise<number>((resolve) => {
      answer = resolve;
    });
  };
  const time = new Timekeeper(port, () => {});
  time.start();
  await vi.waitFor(() => expect(asked).toBe(1));
  time.setPrecise(true);
  time.probeNow();
  await Promise.resolve();
  expect(asked).toBe(1);
  answer(1_000);
  await vi.waitFor(() => expect(time.estimate()).not.toBeNull());
  time.stop();
});
