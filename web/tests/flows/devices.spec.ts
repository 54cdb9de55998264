import { expect, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { newcomer } from './support/people';
import { bar, playAlbum, positionMs, sounds } from './support/player';

test('music goes to another tab and back, and each is as loud as it is set', async ({ browser, request }) => {
  test.setTimeout(240_000);
  const { context, page: first } = await newcomer(browser, 'Hanna');
  await playAlbum(first, (await longestAlbum(request)).title);
  const second = await context.newPage();
  await second.goto('/devices');
  const list = second.getByRole('list', { name: 'Devices' });
  await expect(list.getByRole('listitem')).toHaveCount(2, { timeout: 20_000 });

  await test.step('the second tab takes over where the first was', async () => {
    const before = await positionMs(first);
    await second.getByRole('main').getByRole('button', { name: 'Play here' }).click();
    await sounds(second);
    expect(await positionMs(second)).toBeGreaterThan(before);
    await expect(bar(first)).toContainText('Playing on', { timeout: 10_000 });
    await expect(second.getByRole('status').filter({ hasText: 'Playing in this tab' })).toBeVisible();
  });

  await test.step('the first is controlled from the second', async () => {
    await bar(first).getByRole('button', { name: 'Pause' }).click();
    await expect(bar(second).getByRole('button', { name: 'Play' })).toBeVisible({ timeout: 10_000 });
    await bar(first).getByRole('button', { name: 'Play' }).click();
    await sounds(second);
  });

  await test.step('it goes back by the panel', async () => {
    await bar(first).getByRole('button', { name: 'Devices' }).click();
    await first.getByRole('complementary', { name: 'Devices' }).getByRole('button', { name: 'Play here' }).click();
    await sounds(first);
    await expect(bar(first)).not.toContainText('Playing on');
  });

  await test.step('a device that leaves is shown as away', async () => {
    await second.close();
    await expect(first.getByRole('complementary', { name: 'Devices' }).getByText(/^Away/)).toBeVisible({ timeout: 40_000 });
  });
  await context.close();
});
