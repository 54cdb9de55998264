import { expect, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { ask, newcomer, otherDevice } from './support/people';
import { playAlbum, sounds } from './support/player';

/**
 * A page that another device of the network opens by a name and without TLS is no secure context: browsers leave out part of
 * what they have elsewhere.
 */
const { port } = new URL(process.env.POLYPHONY_URL ?? 'http://127.0.0.1:4000');

test.use({
  baseURL: `http://music.lan:${port}`,
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--autoplay-policy=no-user-gesture-required',
      '--host-resolver-rules=MAP music.lan 127.0.0.1',
    ],
  },
});

test('a phone of the network without TLS hears music and copies links', async ({ browser, playwright }) => {
  test.setTimeout(120_000);
  const request = await playwright.request.newContext({ baseURL: process.env.POLYPHONY_URL ?? '' });
  const album = await longestAlbum(request);
  const { context, page, person } = await newcomer(browser, 'Lana');
  expect(await page.evaluate(() => isSecureContext)).toBe(false);
  await playAlbum(page, album.title);
  await sounds(page);

  const token = await otherDevice(request, person);
  const { viewer } = await ask<{ viewer: { user: { id: string } } }>(request, '{ viewer { user { id } } }', {}, token);
  await page.goto(`/people/${viewer.user.id}`);
  await page.getByRole('button', { name: 'Copy link' }).click();
  const search = page.getByRole('searchbox', { name: 'Search' });
  await search.focus();
  await page.keyboard.press('Control+V');
  await expect(search).toHaveValue(`http://music.lan:${port}/people/${viewer.user.id}`);
  await context.close();
  await request.dispose();
});
