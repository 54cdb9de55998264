import { expect, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { ask, newcomer, otherDevice } from './support/people';
import { bar, playAlbum, sounds } from './support/player';

test('what plays says where it comes from, and in private it leaves no trace', async ({ browser, request }) => {
  test.setTimeout(180_000);
  const { context, page } = await newcomer(browser, 'Paula');
  const album = await longestAlbum(request);
  await playAlbum(page, album.title);

  await test.step('now playing names the album', async () => {
    await bar(page).getByRole('link', { name: 'Now playing' }).first().click();
    const main = page.getByRole('main');
    await expect(main.getByText('Playing from the album')).toBeVisible();
    await expect(main.getByRole('link', { name: album.title }).first()).toBeVisible();
    await page.keyboard.press('Escape');
  });

  await test.step('a private session is turned on beside the devices, and shown', async () => {
    await bar(page).getByRole('button', { name: 'Devices' }).click();
    const panel = page.getByRole('complementary', { name: 'Devices' });
    await panel.getByRole('switch', { name: 'Private session' }).click();
    await expect(bar(page).getByText('Private session')).toBeVisible({ timeout: 10_000 });
    await expect(panel.getByText(/^Until /)).toBeVisible();
  });

  await test.step('another page of the person sees it, and turns it off', async () => {
    const other = await context.newPage();
    await other.goto('/settings');
    await expect(bar(other).getByText('Private session')).toBeVisible({ timeout: 20_000 });
    await other.getByRole('link', { name: 'Playback' }).click();
    await other.getByRole('main').getByRole('switch', { name: 'Private session' }).click();
    await expect(bar(page).getByText('Private session')).toBeHidden({ timeout: 10_000 });
    await other.close();
  });
  await context.close();
});

test('a playlist is played by its id, by who keeps it', async ({ browser, request }) => {
  test.setTimeout(120_000);
  const { context, page, person } = await newcomer(browser, 'Pia');
  const { trackIds } = await longestAlbum(request);
  const token = await otherDevice(request, person);
  const make = 'mutation ($input: PlaylistInput!) { createPlaylist(input: $input) { playlist { id } userErrors { code } } }';
  const made = await ask<{ createPlaylist: { playlist: { id: string } } }>(request, make, { input: { title: 'Of Pia' } }, token);
  const { id } = made.createPlaylist.playlist;
  const add = 'mutation ($id: ID!, $tracks: [ID!]!) { addPlaylistItems(playlistId: $id, trackIds: $tracks) { userErrors { code } } }';
  await ask(request, add, { id, tracks: trackIds }, token);
  const sent: string[] = [];
  page.on('request', (one) => {
    if (one.method() === 'POST' && one.url().endsWith('/graphql')) sent.push(one.postData() ?? '');
  });
  await page.goto(`/playlists/${id}`);
  await page.getByRole('main').getByRole('button', { name: 'Play', exact: true }).first().click();
  await sounds(page);
  expect(sent.filter((body) => body.includes(`"playlistId":"${id}"`))).toHaveLength(1);
  expect(sent.filter((body) => body.includes('"trackIds":['))).toEqual([]);
  await bar(page).getByRole('link', { name: 'Now playing' }).first().click();
  const main = page.getByRole('main');
  await expect(main.getByText('Playing from the playlist')).toBeVisible({ timeout: 10_000 });
  await expect(main.getByRole('link', { name: 'Of Pia' })).toBeVisible();
  await context.close();
});

test('people show themselves by a picture of their own', async ({ browser }) => {
  const { context, page } = await newcomer(browser, 'Petra');
  await page.goto('/settings/profile');
  // A red pixel, as PNG.
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose a picture' }).click();
  await (await chooser).setFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') });
  await expect(page.getByRole('button', { name: 'Remove the picture' })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole('main').locator('img[src*="/v1/images/"]')).toBeVisible();
  await page.getByRole('button', { name: 'Remove the picture' }).click();
  await expect(page.getByRole('button', { name: 'Remove the picture' })).toBeHidden({ timeout: 10_000 });
  await context.close();
});
