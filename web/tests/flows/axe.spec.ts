import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { newcomer } from './support/people';
import { playAlbum } from './support/player';

const OPEN = ['/sign-in', '/register', '/forgot', '/reset', '/verify', '/join/ABCD-2345', '/s/unknown'];
const SIGNED_IN = [
  '/',
  '/search?q=light',
  '/explore',
  '/charts',
  '/library',
  '/library/albums',
  '/library/artists',
  '/library/playlists',
  '/history',
  '/playlists/new',
  '/queue',
  '/now-playing',
  '/devices',
  '/party',
  '/uploads',
  '/studio',
  '/offline',
  '/settings',
];

/** What axe finds, as lines that say where. */
async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

async function look(page: Page, path: string, found: Record<string, string[]>): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole('heading').first()).toBeAttached({ timeout: 30_000 });
  // Skeletons go, pictures come, transitions end.
  await page.waitForTimeout(1_200);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const lines = await violations(page);
    if (lines.length > 0) found[`${path} (${colorScheme})`] = lines;
  }
}

test('every screen for everybody is free of violations in both themes', async ({ page }) => {
  test.setTimeout(300_000);
  const found: Record<string, string[]> = {};
  for (const path of OPEN) await look(page, path, found);
  expect(found).toEqual({});
});

test('every screen of whoever is signed in is free of violations in both themes', async ({ browser, request }) => {
  test.setTimeout(900_000);
  const { context, page } = await newcomer(browser, 'Axel');
  await playAlbum(page, (await longestAlbum(request)).title);
  const album = new URL(page.url()).pathname;
  const artist = await page.getByRole('main').locator('a[href^="/artists/"]').first().getAttribute('href');
  const found: Record<string, string[]> = {};
  for (const path of [...SIGNED_IN, album, artist ?? '/']) await look(page, path, found);
  expect(found).toEqual({});
  await context.close();
});
