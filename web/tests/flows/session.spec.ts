import { expect, test } from '@playwright/test';

import { ask, newcomer, otherDevice } from './support/people';
import { keptOf } from './support/storage';

test('a session that is revoked elsewhere is out within 5 s, and nothing of the person stays', async ({ browser, request }) => {
  test.setTimeout(120_000);
  const { context, page, person } = await newcomer(browser, 'Rita');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Library' }).click();
  const token = await otherDevice(request, person);
  const began = Date.now();
  await ask(request, 'mutation { logout(everywhere: true) { ok } }', {}, token);
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible({ timeout: 5_000 });
  console.log(`out after ${Date.now() - began} ms`);
  await expect(page.getByText('Your session was ended.')).toBeVisible();
  expect(await keptOf(page)).toEqual({ keys: [], session: [], caches: [], records: [] });
  await context.close();
});
