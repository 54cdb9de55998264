import { expect, type Page, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { change, newcomer, otherDevice } from './support/people';

const main = (page: Page) => page.getByRole('main');
const expired = (page: Page) => main(page).getByRole('heading', { level: 1, name: 'This link does not work any more' });

test('an album goes out by a link, and the link can be taken back', async ({ browser, request }) => {
  test.setTimeout(90_000);
  const { context, page } = await newcomer(browser, 'Sami');
  const album = await longestAlbum(request);
  await page.goto(`/albums/${album.id}`);
  await main(page).getByRole('button', { name: 'Share', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Share' });
  await dialog.getByRole('combobox', { name: 'Works for' }).selectOption('7');
  await dialog.getByRole('button', { name: 'Create link' }).click();
  const url = await dialog.getByRole('textbox', { name: 'Link' }).inputValue();
  expect(new URL(url).pathname).toMatch(/^\/s\/m\/./);

  const stranger = await browser.newContext({ locale: 'en-GB' });
  const other = await stranger.newPage();
  await test.step('whoever has it sees what is shared, and is led to the way in', async () => {
    await other.goto(url);
    await expect(main(other).getByRole('heading', { level: 1, name: album.title })).toBeVisible();
    for (const title of album.tracks) await expect(main(other).getByText(title, { exact: true }).first()).toBeVisible();
    await expect(main(other).getByRole('link', { name: 'Sign in to listen' })).toHaveAttribute('href', /sign-in/);
  });

  await test.step('taken back, it leads nowhere', async () => {
    await page.goto('/settings/shares');
    await page.getByRole('button', { name: `Remove link: ${album.title}` }).click();
    await expect(page.getByText('You have shared nothing by link.')).toBeVisible();
    await other.reload();
    await expect(expired(other)).toBeVisible();
    await expect(main(other).getByText(album.tracks[0] ?? '')).toHaveCount(0);
  });
  await stranger.close();
  await context.close();
});

test('a link to a track ends on its day', async ({ browser, request }) => {
  const { context, page, person } = await newcomer(browser, 'Sina');
  const { trackIds, tracks } = await longestAlbum(request);
  const token = await otherDevice(request, person);
  const make = 'mutation ($input: CreateShareInput!) { createShare(input: $input) { share { token } userErrors { code } } }';
  const input = { trackIds: trackIds.slice(0, 1), expiresAt: new Date(Date.now() + 6_000).toISOString() };
  const { createShare } = await change<{ createShare: { share: { token: string } } }>(request, make, { input }, token);
  await page.goto(`/s/m/${createShare.share.token}`);
  await expect(main(page).getByRole('heading', { level: 1, name: tracks[0] ?? '' })).toBeVisible();
  await expect(async () => {
    await page.reload();
    await expect(expired(page)).toBeVisible({ timeout: 3_000 });
  }).toPass({ timeout: 20_000 });
  await context.close();
});
