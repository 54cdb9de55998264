import { expect, type Locator, type Page } from '@playwright/test';

/** The bar with what plays. */
export const bar = (page: Page): Locator => page.getByRole('region', { name: 'Player' });

/** Where the music is, in milliseconds, as the seek bar says it. */
export async function positionMs(page: Page): Promise<number> {
  return Number(await bar(page).getByRole('slider', { name: 'Position' }).inputValue());
}

/** Opens an album by search. */
export async function openAlbum(page: Page, title: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'Search' }).fill(title);
  await page.getByRole('searchbox', { name: 'Search' }).press('Enter');
  await page.getByRole('main').getByRole('link', { name: title, exact: true }).first().click();
  // The page of the search has a heading of the same words.
  await page.waitForURL(/\/albums\//, { timeout: 20_000 });
  await expect(page.getByRole('heading', { level: 1, name: title, exact: true })).toBeVisible({ timeout: 20_000 });
}

/** Opens an album and plays it from its beginning. */
export async function playAlbum(page: Page, title: string): Promise<void> {
  await openAlbum(page, title);
  await page.getByRole('main').getByRole('button', { name: 'Play', exact: true }).first().click();
  await sounds(page);
}

/** Waits until the music moves. */
export async function sounds(page: Page): Promise<void> {
  await expect(bar(page).getByRole('button', { name: 'Pause' })).toBeVisible({ timeout: 30_000 });
  const from = await positionMs(page);
  await expect.poll(() => positionMs(page), { timeout: 30_000 }).toBeGreaterThan(from + 800);
}

/** What the system is told of what plays here. */
export const mediaSession = (page: Page) =>
  page.evaluate(() => ({ state: navigator.mediaSession.playbackState, title: navigator.mediaSession.metadata?.title ?? null }));
