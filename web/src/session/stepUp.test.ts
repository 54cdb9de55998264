import { afterEach, expect, test } from 'vitest';

import { RequestError } from '../relay/errors';
import { askStepUp, needsStepUp, settleStepUp, useStepUp, withStepUp } from './stepUp';

const REFUSED = { data: { createApiKey: { secret: null, userErrors: [{ code: 'STEP_UP_REQUIRED' }] } } };
const DONE = { data: { createApiKey: { secret: 'ppk_1', userErrors: [] } } };

afterEach(() => settleStepUp(false));

test('the refusal is found in any payload, and in errors', () => {
  expect(needsStepUp(REFUSED)).toBe(true);
  expect(needsStepUp({ errors: [{ extensions: { code: 'STEP_UP_REQUIRED' } }] })).toBe(true);
  expect(needsStepUp(DONE)).toBe(false);
  expect(needsStepUp({ data: { logout: null, other: { userErrors: [{ code: 'NOT_FOUND' }] } } })).toBe(false);
});

test('a mutation is sent again after the proof', async () => {
  const answers = [REFUSED, DONE];
  const sent = withStepUp(async () => answers.shift() as typeof DONE);
  await expect.poll(() => useStepUp.getState().isOpen).toBe(true);
  settleStepUp(true);
  expect(await sent).toBe(DONE);
  expect(useStepUp.getState().isOpen).toBe(false);
});

test('whoever closes the dialog gets the refusal, and nothing is sent again', async () => {
  let count = 0;
  const sent = withStepUp(async () => {
    count += 1;
    return REFUSED;
  });
  await expect.poll(() => useStepUp.getState().isOpen).toBe(true);
  settleStepUp(false);
  expect(await sent).toBe(REFUSED);
  expect(count).toBe(1);
});

test('a request that was refused as a whole is sent again, too; other failures are passed on', async () => {
  let count = 0;
  const sent = withStepUp(async () => {
    count += 1;
    if (count === 1) throw new RequestError([{ message: '', extensions: { code: 'STEP_UP_REQUIRED' } }]);
    return DONE;
  });
  await expect.poll(() => useStepUp.getState().isOpen).toBe(true);
  settleStepUp(true);
  expect(await sent).toBe(DONE);
  await expect(withStepUp(() => Promise.reject(new RequestError([])))).rejects.toBeInstanceOf(RequestError);
});

test('those who ask at the same time share one answer', async () => {
  const both = [askStepUp(), askStepUp()];
  settleStepUp(true);
  expect(await Promise.all(both)).toEqual([true, true]);
});
