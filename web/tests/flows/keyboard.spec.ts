/** From signing in to signing out without a mouse. */

import { expect, type Locator, type Page, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { newcomer } from './support/people';
import { bar, mediaSession, sounds } from './support/player';
import { keptOf } from './support/storage';

/** Moves the focus on until it is where it should be, as whoever has no mouse does. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await expect(target).toBeVisible({ timeout: 20_000 });
  const isThere = () => target.evaluate((element) => element === document.activeElement);
  for (let presses = 0; !(await isThere()); presses += 1) {
    expect(presses, 'the focus comes by').toBeLessThan(80);
    await page.keyboard.press(key);
  }
}

test('everything from signing in to signing out works by keyboard alone', async ({ browser, request }) => {
  test.setTimeout(240_000);
  const album = await longestAlbum(request);
  const { context: known, person } = await newcomer(browser, 'Kay');
  await known.close();
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto('/sign-in');

  await test.step('sign in', async () => {
    await tabTo(page, page.getByRole('textbox', { name: 'E-mail' }));
    await page.keyboard.type(person.email);
    await tabTo(page, page.getByRole('textbox', { name: 'Password' }));
    await page.keyboard.type(person.password);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible({ timeout: 30_000 });
  });

  await test.step('search and play', async () => {
    // The shell listens for keys a moment after it is seen.
    await expect(async () => {
      await page.keyboard.press('/');
      await expect(page.getByRole('searchbox', { name: 'Search' })).toBeFocused({ timeout: 1_000 });
    }).toPass({ timeout: 20_000 });
    await page.keyboard.type(album.title);
    await page.keyboard.press('Enter');
    const link = page.getByRole('main').getByRole('link', { name: album.title, exact: true }).first();
    await tabTo(page, link);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1, name: album.title })).toBeVisible({ timeout: 20_000 });
    await tabTo(page, page.getByRole('row').first());
    await page.keyboard.press('Enter');
    await sounds(page);
    expect((await mediaSession(page)).title).toBe(album.tracks[0]);
  });

  await test.step('queue a track and see it there', async () => {
    await page.keyboard.press('j');
    await page.keyboard.press('Control+Enter');
    await page.keyboard.press('q');
    const queue = page.getByRole('complementary', { name: 'Queue' });
    // The rest of the album, and the second track once more.
    await expect(queue.getByText(album.tracks[1] ?? '', { exact: true })).toHaveCount(2, { timeout: 20_000 });
    await page.keyboard.press('q');
    await expect(queue).toHaveCount(0);
  });

  await test.step('like, pause, go on', async () => {
    await page.keyboard.press('l');
    await expect(bar(page).getByRole('button', { name: 'Like', exact: true })).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    // The album has such a row, too: in a list, Space belongs to the row that has the focus.
    await expect(page.getByRole('heading', { level: 1, name: 'Liked songs' })).toBeVisible({ timeout: 20_000 });
    await expect(page.getByRole('row', { name: album.tracks[0] ?? '' })).toBeVisible({ timeout: 20_000 });
    await page.keyboard.press('Space');
    await expect(bar(page).getByRole('button', { name: 'Play', exact: true })).toBeVisible();
    await page.keyboard.press('Space');
    await sounds(page);
  });

  await test.step('the help and the palette open and close', async () => {
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  });

  await test.step('sign out', async () => {
    await tabTo(page, page.getByRole('banner').getByRole('button', { name: 'Account' }), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('menu')).toBeVisible();
    await page.keyboard.press('ArrowUp');
    await expect(page.getByRole('menuitem', { name: 'Sign out' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('textbox', { name: 'E-mail' })).toBeVisible({ timeout: 20_000 });
    expect(await keptOf(page)).toEqual({ keys: [], session: [], caches: [], records: [] });
  });
  await context.close();
});
