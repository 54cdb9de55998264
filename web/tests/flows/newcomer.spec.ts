import { expect, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { register, stranger } from './support/people';
import { bar, mediaSession, sounds } from './support/player';

test('the first ten minutes of a newcomer', async ({ page, request }) => {
  test.setTimeout(240_000);
  await page.goto('/');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await register(page, stranger('Nora'));

  await test.step('home shows music', async () => {
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Nora');
    await expect(page.getByRole('main').getByRole('button', { name: /^Play / }).first()).toBeVisible({ timeout: 20_000 });
  });

  await test.step('search finds a track, and it plays', async () => {
    const wanted = (await longestAlbum(request)).tracks[0] ?? '';
    const row = page.getByRole('row', { name: wanted }).first();
    await page.getByRole('searchbox', { name: 'Search' }).fill(wanted);
    await page.getByRole('searchbox', { name: 'Search' }).press('Enter');
    await row.hover();
    await row.getByRole('button', { name: 'Play', exact: true }).click();
    await sounds(page);
    const { state, title } = await mediaSession(page);
    expect(state).toBe('playing');
    await expect(bar(page).getByRole('link', { name: title ?? '', exact: true })).toBeVisible();
  });

  await test.step('what plays is liked and stands in the library', async () => {
    const { title } = await mediaSession(page);
    await bar(page).getByRole('button', { name: 'Like', exact: true }).click();
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Library' }).click();
    await expect(page.getByRole('row', { name: title ?? '' }).first()).toBeVisible({ timeout: 20_000 });
  });

  await test.step('it goes into a playlist of their own', async () => {
    const row = page.getByRole('row').first();
    await row.hover();
    await row.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Add to playlist' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').first().fill('Rainy day');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Playlists' }).click();
    await page.getByRole('main').getByRole('link', { name: 'Rainy day' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Rainy day' })).toBeVisible();
    await expect(page.getByRole('row')).toHaveCount(1, { timeout: 20_000 });
  });
});
