/** Takes the pictures of the README and of docs/, of a platform with `--demo`. Run on demand: `npm run screenshots`. */

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, devices, expect, type Page, test } from '@playwright/test';

import { signIn } from '../flows/support/people';
import { admin, listener } from '../flows/support/platform';
import { bar, openAlbum, sounds } from '../flows/support/player';
import { settled } from '../flows/support/screens';

const FOLDER = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));
const DESKTOP: BrowserContextOptions = { viewport: { width: 1360, height: 850 }, locale: 'en-GB', reducedMotion: 'reduce' };
const PHONE: BrowserContextOptions = { ...devices['Pixel 7'], locale: 'en-GB', reducedMotion: 'reduce', deviceScaleFactor: 1.5 };

test.beforeAll(() => void mkdirSync(FOLDER, { recursive: true }));

async function open(browser: Browser, options: BrowserContextOptions, person = listener()): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto('/sign-in');
  await signIn(page, await person);
  return page;
}

/** A picture as WebP would be smaller; JPEG is what every viewer of Markdown shows. */
async function take(page: Page, name: string): Promise<void> {
  await settled(page);
  await expect(page.getByRole('region', { name: 'Messages' }).getByRole('listitem')).toHaveCount(0, { timeout: 20_000 });
  await page.screenshot({ path: `${FOLDER}${name}.jpg`, type: 'jpeg', quality: 82, animations: 'disabled' });
}

async function playSong(page: Page, album: string, track: string): Promise<void> {
  await openAlbum(page, album);
  const row = page.getByRole('row', { name: track }).first();
  await row.focus();
  await page.keyboard.press('Enter');
  await sounds(page);
}

test('desktop: home, album, queue, lyrics', async ({ browser }) => {
  test.setTimeout(120_000);
  const page = await open(browser, DESKTOP);
  await playSong(page, 'The Long Field', 'Gate Left Open');
  await take(page, 'album');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Home' }).click();
  await take(page, 'home');
  await page.goto('/playlists/new');
  await take(page, 'smart-playlist');
  await page.goto('/settings/appearance');
  await take(page, 'settings');
  await page.context().close();
});

test('dark: now playing with lyrics, party', async ({ browser }) => {
  test.setTimeout(120_000);
  const page = await open(browser, { ...DESKTOP, colorScheme: 'dark' });
  await playSong(page, 'The Long Field', 'Gate Left Open');
  await bar(page).getByRole('link', { name: 'Now playing' }).first().click();
  await expect(page.getByText('Left your good coat out there in the rain')).toBeVisible({ timeout: 20_000 });
  await take(page, 'now-playing-dark');
  await page.goto('/party');
  await page.getByRole('button', { name: 'Start party' }).click();
  await expect(page.getByRole('img', { name: /^QR code of / })).toBeVisible({ timeout: 20_000 });
  await take(page, 'party-dark');
  await page.getByRole('button', { name: /^(End|Leave) party$/ }).click();
  await page.context().close();
});

test('uploads', async ({ browser }) => {
  const page = await open(browser, DESKTOP, admin());
  await page.goto('/uploads');
  await expect(page.getByText('Ready').first()).toBeVisible({ timeout: 20_000 });
  await take(page, 'uploads');
  await page.context().close();
});

test('from right to left', async ({ browser }) => {
  const page = await open(browser, DESKTOP);
  await page.evaluate(() => {
    const key = 'polyphony.preferences';
    const kept = JSON.parse(localStorage.getItem(key) ?? '{"state":{},"version":1}');
    localStorage.setItem(key, JSON.stringify({ ...kept, state: { ...kept.state, language: 'ar' } }));
  });
  await page.goto('/');
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl', { timeout: 20_000 });
  await take(page, 'home-right-to-left');
  await page.context().close();
});

test('phone: home, album, now playing', async ({ browser }) => {
  test.setTimeout(120_000);
  const page = await open(browser, PHONE);
  await take(page, 'phone-home');
  await playSong(page, 'Slow Weather', 'Meadow at Dawn');
  await take(page, 'phone-album');
  await page.goto('/now-playing');
  await take(page, 'phone-now-playing');
  await page.context().close();
});
