/** Lists that are longer than the API's largest page end where they end. */

import { type APIRequestContext, expect, type Locator, type Page, test } from '@playwright/test';

import { change, newcomer, otherDevice, signedIn } from './support/people';
import { promote } from './support/platform';

const main = (page: Page) => page.getByRole('main');
/** A page of the API and some. */
const MANY = 103;
/** How many things one request makes. */
const BATCH = 10;

interface Made {
  readonly [alias: string]: { readonly made: { readonly id: string } };
}

/** Makes many things by one mutation each. `call` gives its text, from `create…` to the end of its arguments. Gives their ids. */
async function makeMany(request: APIRequestContext, token: string, call: (index: number) => string, made: string): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < MANY; from += BATCH) {
    const fields = Array.from({ length: Math.min(BATCH, MANY - from) }, (_, index) => `m${index}: ${call(from + index)} { made: ${made} { id } userErrors { message } }`);
    const answer = await change<Made>(request, `mutation { ${fields.join(' ')} }`, {}, token);
    ids.push(...Object.values(answer).map((one) => one.made.id));
  }
  return ids;
}

async function showMore(scope: Locator): Promise<void> {
  await scope.getByRole('button', { name: 'Show more' }).focus();
  await scope.page().keyboard.press('Enter');
}

/** What was made: other tests look for music among the newest albums. */
let cleanUp = async () => {};
test.afterEach(() => cleanUp());

test('releases of an artist, tracks of an album and one’s playlists go on after a hundred', async ({ browser, request }) => {
  test.setTimeout(240_000);
  const unique = `${Date.now()}`;
  const { context: before, person } = await newcomer(browser, 'Ottilie');
  await promote(request, person);
  await before.close();
  const token = await otherDevice(request, person);
  const { createArtist } = await change<{ createArtist: { artist: { id: string } } }>(
    request,
    'mutation ($name: String!) { createArtist(input: { name: $name }) { artist { id } userErrors { message } } }',
    { name: `Ottilie ${unique}` },
    token,
  );
  const artist = JSON.stringify(createArtist.artist.id);
  const albums = await makeMany(request, token, (index) => `createAlbum(input: { title: "Volume ${index + 1}", artistIds: [${artist}], releasedOn: "${1900 + index}" })`, 'album');
  cleanUp = async () => {
    const remove = 'mutation ($ids: [ID!]!) { deleteAlbums(ids: $ids, withTracks: true) { userErrors { message } } }';
    await change(request, remove, { ids: albums.slice(0, 100) }, token);
    await change(request, remove, { ids: albums.slice(100) }, token);
  };
  const on = JSON.stringify(albums.at(-1));
  await makeMany(request, token, (index) => `createTrack(input: { title: "Part ${index + 1}", artistIds: [${artist}], albumId: ${on}, trackNumber: ${index + 1} })`, 'track');
  await makeMany(request, token, (index) => `createTrack(input: { title: "Of ${index + 1}", artistIds: [${artist}], albumId: ${JSON.stringify(albums[index])} })`, 'track');
  await makeMany(request, token, (index) => `createPlaylist(input: { title: "List ${index + 1} ${unique}" })`, 'playlist');
  const publish = 'mutation ($ids: [ID!]!) { publishAlbums(ids: $ids) { userErrors { message } } }';
  await change(request, publish, { ids: albums.slice(0, 100) }, token);
  await change(request, publish, { ids: albums.slice(100) }, token);
  const { context, page } = await signedIn(browser, person);

  await test.step('releases', async () => {
    await page.goto(`/artists/${createArtist.artist.id}`);
    const releases = main(page).getByRole('region', { name: 'Albums', exact: true }).getByRole('link', { name: /^Volume \d+$/ });
    await expect(releases).toHaveCount(100, { timeout: 30_000 });
    await showMore(main(page));
    await expect(releases).toHaveCount(MANY, { timeout: 20_000 });
    await expect(main(page).getByRole('button', { name: 'Show more' })).toHaveCount(0);
  });

  await test.step('tracks of an album in the studio', async () => {
    await page.goto(`/studio/albums/${albums.at(-1)}`);
    const tracks = main(page).getByRole('listitem', { name: /^Part \d+$/ });
    await expect(tracks).toHaveCount(100, { timeout: 30_000 });
    await showMore(main(page));
    await expect(tracks).toHaveCount(MANY, { timeout: 20_000 });
  });

  await test.step('playlists to add to', async () => {
    await page.goto(`/albums/${albums.at(-1)}`);
    await main(page).getByRole('row').first().focus();
    await main(page).getByRole('button', { name: /^More/ }).first().click();
    await page.getByRole('menuitem', { name: 'Add to playlist' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('textbox', { name: 'New playlist' })).toBeFocused();
    const choices = dialog.getByRole('button', { name: new RegExp(`^List \\d+ ${unique}`) });
    await expect(choices).toHaveCount(100, { timeout: 30_000 });
    await showMore(dialog);
    await expect(choices).toHaveCount(MANY, { timeout: 20_000 });
    await choices.last().click();
    await expect(dialog).toHaveCount(0, { timeout: 20_000 });
  });
  await context.close();
});
