/** A service ends while the page is open: what is left works and says what does not; then the service comes back. */

import { expect, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { change, newcomer, otherDevice } from './support/people';
import { hold, release } from './support/platform';
import { bar, playAlbum, sounds } from './support/player';

const PARTS = ['catalog', 'playlists'];
test.afterEach(() => Promise.all(PARTS.map(release)));

test('without playlists the music plays, home says what is missing, and later it is there', async ({ browser, request }) => {
  test.setTimeout(180_000);
  const { context, page } = await newcomer(browser, 'Paula');
  const missing = page.getByRole('main').getByRole('status').filter({ hasText: 'not available right now' });
  await playAlbum(page, (await longestAlbum(request)).title);
  await hold('playlists');
  await sounds(page);
  await page.goto('/');
  await expect(missing.filter({ hasText: 'Playlists' })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('main').getByRole('button', { name: /^Play / }).first()).toBeVisible();
  await release('playlists');
  await page.goto('/');
  await expect(page.getByRole('main').getByRole('link', { name: 'Kitchen Table' })).toBeVisible({ timeout: 30_000 });
  await expect(missing).toHaveCount(0);
  await context.close();
});

test('without the catalog what plays goes on, and its pages open again when it is back', async ({ browser, request }) => {
  test.setTimeout(180_000);
  const { context, page } = await newcomer(browser, 'Carl');
  const album = await longestAlbum(request);
  await playAlbum(page, album.title);
  const address = page.url();
  await hold('catalog');
  await sounds(page);
  await bar(page).getByRole('button', { name: 'Pause' }).click();
  await expect(bar(page).getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await bar(page).getByRole('button', { name: 'Play', exact: true }).click();
  await sounds(page);
  await page.goto(address);
  await expect(page.getByRole('main').getByRole('alert')).toContainText('What is left keeps working.', { timeout: 30_000 });
  // The frame is there, and so is what does not need the catalog.
  await bar(page).getByRole('button', { name: 'Devices' }).click();
  await expect(page.getByRole('complementary', { name: 'Devices' }).getByRole('listitem').first()).toBeVisible({ timeout: 20_000 });
  await release('catalog');
  const heading = page.getByRole('heading', { level: 1, name: album.title });
  await expect(async () => {
    await page.getByRole('main').getByRole('button', { name: 'Try again' }).click({ timeout: 2_000 });
    await expect(heading).toBeVisible({ timeout: 3_000 });
  }).toPass({ timeout: 45_000 });
  await expect(page.getByRole('row')).toHaveCount(album.tracks.length);
  await context.close();
});

test('an open playlist follows again once its service has restarted, without a reload', async ({ browser, request }) => {
  test.setTimeout(180_000);
  const { context, page, person } = await newcomer(browser, 'Lena');
  const token = await otherDevice(request, person);
  const made = await change<{ createPlaylist: { playlist: { id: string } } }>(
    request,
    'mutation { createPlaylist(input: { title: "Before" }) { playlist { id } userErrors { code } } }',
    {},
    token,
  );
  const { id } = made.createPlaylist.playlist;
  const rename = (title: string) =>
    change(
      request,
      'mutation ($id: ID!, $title: String!) { updatePlaylist(id: $id, input: { title: $title }) { userErrors { code } } }',
      { id, title },
      token,
    );
  const heading = (title: string) => page.getByRole('heading', { level: 1, name: title });
  await page.goto(`/playlists/${id}`);
  await expect(heading('Before')).toBeVisible({ timeout: 20_000 });
  await rename('Live');
  await expect(heading('Live')).toBeVisible({ timeout: 10_000 });
  await hold('playlists');
  await expect(page.getByRole('status').filter({ hasText: 'Reconnecting' })).toBeVisible({ timeout: 20_000 });
  await release('playlists');
  await rename('After');
  await expect(heading('After')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('status').filter({ hasText: 'Reconnecting' })).toHaveCount(0, { timeout: 10_000 });
  await context.close();
});
