import { expect, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { newcomer } from './support/people';
import { bar, openAlbum, playAlbum, positionMs, sounds } from './support/player';

test('the network is gone for 30 s: sound goes on, and the state is right within 5 s of its return', async ({ browser, request }) => {
  test.setTimeout(240_000);
  const { context, page } = await newcomer(browser, 'Olga');
  // What is ahead is loaded, when nothing more of it comes.
  let arrived = Date.now();
  page.on('requestfinished', (asked) => {
    if (/\.(m4s|mp4)(\?|$)/.test(asked.url())) arrived = Date.now();
  });
  await playAlbum(page, (await longestAlbum(request)).title);
  await expect.poll(() => Date.now() - arrived, { timeout: 30_000 }).toBeGreaterThan(4_000);
  await context.setOffline(true);
  await expect(page.getByRole('status').filter({ hasText: 'Offline' })).toBeVisible({ timeout: 10_000 });
  const began = Date.now();
  let heard = 0;
  for (let last = await positionMs(page); Date.now() - began < 30_000; ) {
    await expect(bar(page).getByRole('button', { name: 'Pause' })).toBeVisible();
    await page.waitForTimeout(1_000);
    const now = await positionMs(page);
    // Behind a seam the next track begins at zero.
    heard += now >= last ? now - last : now;
    last = now;
  }
  const gone = Date.now() - began;
  console.log(`heard ${heard} ms of the ${gone} ms without a network`);
  expect(heard).toBeGreaterThan(gone * 0.9 - 1_000);
  await context.setOffline(false);
  await expect(page.getByRole('status').filter({ hasText: 'Offline' })).toHaveCount(0, { timeout: 5_000 });
  await sounds(page);
  await context.close();
});

test('what was saved plays from a page that was opened without a network', async ({ browser, request }) => {
  test.setTimeout(240_000);
  const { context, page } = await newcomer(browser, 'Otto');
  const album = await longestAlbum(request);
  await openAlbum(page, album.title);
  await page.getByRole('button', { name: 'Save offline' }).click();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Offline' }).click();
  await expect(page.getByRole('heading', { name: /tracks saved$/ })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('heading', { name: /downloads?$/ })).toHaveCount(0, { timeout: 60_000 });
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });

  await context.setOffline(true);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Offline' })).toBeVisible({ timeout: 15_000 });
  await page.getByRole('main').getByRole('button', { name: 'Play', exact: true }).click();
  await sounds(page);
  await expect(bar(page).getByRole('link').nth(1)).not.toBeEmpty();
  await bar(page).getByRole('button', { name: 'Pause' }).click();
  await expect(bar(page).getByRole('button', { name: 'Play' })).toBeVisible();
  await context.setOffline(false);
  await context.close();
});
